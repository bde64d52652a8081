// A real machine enrols: it makes its key by its own openssl, on its own disk, within the confinement of its units,
// and gets its secrets from a Genesis whose guard is on. With another disk it is refused until that is let in.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { blankDisk } from '../disk-image.ts';
import { startDhcp } from '../dnsmasq.ts';
import { buildInventory, HOMEPBP, startServe } from '../genesis.ts';
import { customOs, inventoryText, NODE } from '../inventory.ts';
import { GENESIS, openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import { runProgram } from '../program.ts';
import type { Scene } from '../scene.ts';
import { makePerson } from '../ssh.ts';

/** The reporter would power the machine off. */
const STAY = 'sudo systemctl stop e2e-report';
/** What is on the node then; no secret among it. */
const LOOK = `homepbp status
  cd /var/lib/homepbp; sudo stat -c '%a %U %n' secrets.json enroll enroll/key.pem
  sudo grep -c '"set"' secrets.json
  sudo grep -rlE '"(token|peer_key)"' /var/lib/cloud /etc/homepbp || echo no secret in the seed
  sudo iptables -t mangle -S HOMEPBP-FENCE
  systemctl --failed --plain --no-legend`;

export async function enrols(scene: Scene): Promise<number> {
  const lan = await openLan(scene);
  await startDhcp(scene, lan);
  const person = await makePerson(scene, lan);
  const os = customOs(scene.scratch, scene.image);
  const settings = { disk: 'auto', role: 'server', ssh_keys: [person.publicKey] };
  const dist = await buildInventory(scene, inventoryText(os, settings));
  const { said: log } = await startServe(scene, lan, dist);
  const boot = async (disk: string) => {
    const machine = await powerOn(scene, lan, { firmware: 'bios', mac: NODE.mac, disk });
    await person.run(STAY, 600);
    return machine;
  };

  const begun = performance.now();
  const first = await boot(await blankDisk(scene, 'first'));
  await log.waitFor(new RegExp(`${NODE.name} node enrolled .*why="first key"`), 300);
  const seconds = (performance.now() - begun) / 1000;
  const told = await person.run(
    `until homepbp status | grep -q enrolled; do sleep 1; done; ${LOOK}`,
  );
  assert.match(told, /^ {2}secrets {2}this node is enrolled \(set [0-9a-f]{16}\)$/m);
  assert.match(told, /^600 root secrets\.json\n700 root enroll\n600 root enroll\/key\.pem\n1$/m);
  assert.match(told, /^no secret in the seed$/m);
  assert.match(
    told,
    new RegExp(`-d ${GENESIS}/32 -p tcp .*--dport 8080 -j DROP\n$`),
    'no unit failed',
  );
  await first.kill();

  const second = await boot(await blankDisk(scene, 'second'));
  const refused = /GENESIS REFUSES THIS NODE'S KEY: .* is enrolled since .* with another disk/;
  await second.console.waitFor(refused, 300);
  await log.waitFor(new RegExp(`${NODE.name} node ANOTHER KEY`), 10);
  const project = ['--dist', dist, '--state', join(scene.scratch, 'state')];
  await runProgram([HOMEPBP, 'enroll', NODE.name, ...project]);
  await log.waitFor(new RegExp(`${NODE.name} node enrolled .*why="let in"`), 120);
  await second.kill();
  return seconds;
}
