// The TFTP server and those who ask it: other people's clients on another computer, and firmware of
// two kinds as far as the node's script. The server's log says how each transfer went.
import assert from 'node:assert/strict';
import { copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLIENTS, type Client, FILE } from '../../../shim/tftp/clients.trial.ts';
import { pattern } from '../../../shim/tftp/server.trial.ts';
import type { Firmware } from '../disk.ts';
import { type Dhcp, startPlainDhcp } from '../dnsmasq.ts';
import { buildDist, serveDist } from '../genesis.ts';
import { checkTftpHost } from '../host.ts';
import { NODE } from '../inventory.ts';
import { sayIpxe } from '../ipxe.ts';
import { addComputer, GENESIS, type Lan, openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import { awaitNodeScript } from '../one-start.ts';
import { runProgram } from '../program.ts';
import type { Scene } from '../scene.ts';
import type { Transcript } from '../transcript.ts';

const CLIENT = '10.77.0.3';
const CONTENT = pattern(1_000_001);
/** Debian's, of 2019: as QEMU's network ROM, and chained by it. */
const OLD_IPXE = '/usr/lib/ipxe/undionly.kpxe';
const OLD_IPXE_SAYS = /iPXE 1\.0\.0\+git-2019/g;
/** Seconds from power-on to the boot program, and on to the node's script (TCG on busy cores). */
const SECONDS = { program: 90, script: 90 } as const;

export async function tftpInterop(scene: Scene): Promise<number> {
  await checkTftpHost();
  const dist = await buildDist(scene);
  await writeFile(join(dist, 'tftp', FILE), CONTENT);
  await copyFile(OLD_IPXE, join(dist, 'tftp', 'undionly.kpxe'));
  const lan = await openLan(scene);
  const said = await serveDist(scene, lan, dist);
  const inside = await addComputer(scene, lan, 'client', CLIENT);
  for (const [name, client] of Object.entries(CLIENTS)) {
    await askBy(scene, inside, name, client, said);
  }
  const dhcp = await startPlainDhcp(scene, lan, 'undionly.kpxe');
  const { takesAutoexec } = await sayIpxe(join(dist, 'tftp'));
  const bios = await bootTo(scene, lan, 'bios', ['undionly.kpxe', 'boot.ipxe'], dhcp, said);
  assert.equal(bios.console.match(OLD_IPXE_SAYS)?.length, 2, "the ROM's and the chained one");
  const script = takesAutoexec ? 'autoexec.ipxe' : 'boot.ipxe';
  const uefi = await bootTo(scene, lan, 'uefi', ['snponly.efi', script], dhcp, said);
  const [probed, complete] = transfersOf(uefi.log, 'snponly.efi');
  assert.match(probed ?? '', /^tftp probed /, 'it asks for the size first');
  assert.match(
    complete ?? '',
    /^tftp complete .* windowsize=([2-9]|\d\d) /,
    'it asks for a window',
  );
  return Math.max(bios.seconds, uefi.seconds);
}

/** One client fetches the file, in one transfer, with the window that it asks for. */
async function askBy(
  scene: Scene,
  inside: Lan['inside'],
  name: string,
  { words, windowsize }: Client,
  said: Transcript,
): Promise<void> {
  const from = said.text.length;
  const target = join(scene.scratch, 'got');
  await runProgram(inside(words({ host: GENESIS, port: 69 }, target)));
  assert.ok((await readFile(target)).equals(CONTENT), `${name}: other bytes than the server's`);
  const { match } = await said.waitFor(/tftp \w+ path=boot\.bin .*/, 10, from);
  assert.match(match[0], new RegExp(`^tftp complete .* windowsize=${windowsize} `), name);
  process.stdout.write(`  ${name}: ${match[0]}\n`);
}

interface Boot {
  /** From power-on to the node's script. */
  readonly seconds: number;
  readonly console: string;
  /** What the server said meanwhile. */
  readonly log: string;
}

/** Boots a machine by a boot program that then gets a script, both from the server, each once. */
async function bootTo(
  scene: Scene,
  lan: Lan,
  firmware: Firmware,
  files: readonly [program: string, script: string],
  dhcp: Dhcp,
  said: Transcript,
): Promise<Boot> {
  const from = said.text.length;
  const [program] = files;
  await dhcp.offer(program);
  const machine = await powerOn(scene, lan, { firmware, mac: NODE.mac });
  const whole = new RegExp(`tftp complete path=${program.replace('.', '\\.')} `);
  await said.waitFor(whole, SECONDS.program, from);
  await dhcp.offer('boot.ipxe');
  const seconds = await awaitNodeScript(machine, SECONDS.script, firmware === 'bios' ? 2 : 1);
  await machine.powerOff();
  await rename(join(scene.logs, 'console.log'), join(scene.logs, `console-${firmware}.log`));
  const log = said.text.slice(from);
  for (const file of files) {
    const transfers = transfersOf(log, file);
    for (const line of transfers) process.stdout.write(`  ${firmware}: ${line}\n`);
    assert.equal(transfers.filter((line) => line.startsWith('tftp complete')).length, 1, file);
  }
  return { seconds, console: machine.console.text, log };
}

/** The lines about a file, from `tftp` on. */
function transfersOf(log: string, file: string): readonly string[] {
  return log.match(new RegExp(`tftp \\w+ path=${file.replace('.', '\\.')} .*`, 'g')) ?? [];
}
