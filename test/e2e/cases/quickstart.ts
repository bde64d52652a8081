// README's quick start, each of its commands in turn. What stands in for the outside world (publishers, image, k3s,
// somebody's answers) is marked in the transcript.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { Kubeconfig } from '../../../cli/kubeconfig/for-cluster.ts';
import { GENESIS, type Lan, openLan } from '../lan.ts';
import { publish } from '../quickstart/publisher.ts';
import { quickStart } from '../quickstart/readme.ts';
import { openUser, type User } from '../quickstart/user.ts';
import { startRouter } from '../router.ts';
import type { Scene } from '../scene.ts';
import { askStandIn, untilOneCluster } from '../shelf/one-cluster.ts';
import { blankPlaces, type Place, powerOnAll } from '../shelf/places.ts';

/** Seconds from power-on to a cluster of one. */
const FORMED = 900;

interface Evening {
  readonly scene: Scene;
  readonly lan: Lan;
  readonly user: User;
  readonly place: Place;
  /** Prints a command as it is run here. */
  type(command: string, why?: string): string;
}

/** What each command of README is here, in its order. @throws where it does not do what README says */
const STEPS: Readonly<Record<string, (evening: Evening) => Promise<void>>> = {
  'npm ci': async ({ user, type }) => {
    type('npm ci', 'a copy of what it had installed here');
    await user.run('./homepbp --help');
  },
  './homepbp init': async ({ user, place, type }) => {
    const answers = `--node ${place.name}=${place.mac}=${place.ip} --gateway ${GENESIS}`;
    const said = await user.run(type(`./homepbp init --yes ${answers}`, 'flags, not answers'));
    process.stdout.write(indented(said));
  },
  './homepbp fetch': async ({ scene, lan, user, type }) => {
    await publish(scene, lan, user.project);
    const why = 'media.lock.json names stand-ins for the publishers, with their hashes';
    process.stdout.write(indented(await user.run(type('./homepbp fetch', why))));
  },
  'sudo ./homepbp start --proxy-dhcp': async ({ user, type }) => {
    const command = './homepbp start --proxy-dhcp';
    type(`sudo ${command}`);
    const { said } = user.sudo(command);
    await said.waitFor(/^ready http=\S+ tftp=\S+:69$/m, 60);
    await said.waitFor(new RegExp(`http://${GENESIS}:8080/`), 20);
    process.stdout.write(indented(said.text));
  },
  './homepbp kubeconfig': async ({ scene, lan, user, place, type }) => {
    type('power on', "a virtual machine with a blank disk, Debian's root and a stand-in for k3s");
    const machines = await powerOnAll(scene, lan, [place], 'cold');
    await untilOneCluster(scene, [place], machines, { ask: askStandIn(lan), seconds: FORMED });
    const command = `./homepbp kubeconfig --ssh '${user.ssh}'`;
    process.stdout.write(indented(await user.run(type(command, 'its own ssh key'))));
  },
  'kubectl --kubeconfig secrets/kubeconfig get nodes': async ({ user, type }) => {
    const text = await user.run('cat secrets/kubeconfig');
    const [{ cluster }] = (load(text) as Kubeconfig).clusters;
    const ca = join(user.project, 'ca.crt');
    await writeFile(ca, Buffer.from(cluster['certificate-authority-data'], 'base64'));
    const ping = type(`curl --cacert CA ${cluster.server}/ping`, 'the stand-in knows no nodes');
    assert.equal(await user.run(ping.replace('CA', ca)), 'pong');
  },
};

export async function quickstart(scene: Scene): Promise<number> {
  const lan = await openLan(scene);
  // A router that cannot be changed.
  await startRouter(scene, lan);
  const [place] = await blankPlaces(scene, 1);
  assert.ok(place);
  const evening = { scene, lan, user: await openUser(scene, lan), place, type };
  const begun = performance.now();
  assert.deepEqual(quickStart(), Object.keys(STEPS), 'README says what this case does');
  for (const step of Object.values(STEPS)) await step(evening);
  return (performance.now() - begun) / 1000;
}

function type(command: string, why?: string): string {
  process.stdout.write(`  $ ${command}${why === undefined ? '' : `   # replaced: ${why}`}\n`);
  return command;
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '    ');
}
