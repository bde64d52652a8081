// A machine's own disk, from blank to a second system on it: made over the network, started without
// Genesis, updated with the old system kept, and started from that one when the new one fails.
import assert from 'node:assert/strict';
import { appendFile, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Firmware } from '../disk.ts';
import { blankDisk } from '../disk-image.ts';
import { startDhcp } from '../dnsmasq.ts';
import { fatModules } from '../fat-modules.ts';
import { NODE } from '../inventory.ts';
import { type Lan, openLan } from '../lan.ts';
import { type Machine, powerOn } from '../machine.ts';
import type { Scene } from '../scene.ts';
import { awaitSmall, type SmallReport } from '../small.ts';
import { otherRoot, startWith } from '../small-genesis.ts';

/** Seconds from power-on to the small root; from the disk, firmware waits for the network first. */
const UP = { bios: 600, uefi: 900 } as const;

export async function diskBoot(scene: Scene, firmware: Firmware): Promise<number> {
  const lan = await openLan(scene);
  await startDhcp(scene, lan);
  const disk = await blankDisk(scene);
  const power = () => powerOn(scene, lan, { firmware, mac: NODE.mac, disk, order: 'PXE, disk' });
  const boot = async (what: string, from: 'network' | 'anywhere' = 'network') => {
    const machine = await power();
    const report = await awaitSmall(scene, machine, UP[firmware], from);
    await note(scene, lan, what, report);
    await copyFile(join(scene.logs, 'console.log'), join(scene.logs, `console-${what}.log`));
    return report;
  };
  const packages = [await fatModules(scene), scene.image.grub];
  let genesis = await startWith(scene, lan, scene.image.small, packages);
  checkCold(await boot('cold'));
  await genesis.stop();
  const local = await boot('local');
  checkLocal(local, 'a', 2);
  genesis = await startWith(scene, lan, scene.image.small, packages);
  checkWarm(await boot('warm'));
  await genesis.stop();
  const other = await otherRoot(scene);
  genesis = await startWith(scene, lan, other, packages);
  checkUpdate(await boot('update'));
  await genesis.stop();
  await startWith(scene, lan, other, packages, { boot: 'local' });
  checkLocal(await boot('boot-local', 'anywhere'), 'b', 5);
  for (const _ of [1, 2]) await cutWhenStarting(await power(), 'b', UP[firmware]);
  checkFallback(await boot('fallback', 'anywhere'));
  return local.seconds;
}

/** The power goes once GRUB has begun to start a slot: to GRUB, that slot did not come up. */
async function cutWhenStarting(machine: Machine, slot: string, seconds: number): Promise<void> {
  await machine.console.waitFor(new RegExp(`HomePBP: booting slot ${slot}`), seconds);
  await machine.kill();
}

async function note(scene: Scene, lan: Lan, what: string, { seconds }: SmallReport): Promise<void> {
  const bytes = await lan.received();
  const line = `${what}: up after ${seconds.toFixed(1)} s, ${bytes} bytes received\n`;
  process.stdout.write(`  ${line}`);
  await appendFile(join(scene.logs, 'boots.txt'), line);
}

const logOf = (report: SmallReport) => report.text('/run/homepbp/boot.log');
const envOf = (report: SmallReport) => report.text('/run/homepbp/boot.env');

function checkCold(report: SmallReport): void {
  const log = logOf(report);
  assert.equal(report.disk.state, 'mounted', log);
  assert.match(log, /slot a on the disk is complete/);
  assert.match(log, /GRUB for bios is on the disk/);
  assert.match(log, /GRUB for uefi is on the disk/);
  const files = report.text('files').split('\n');
  for (const name of [
    'vmlinuz',
    'initrd',
    'homepbp.cpio',
    'rootfs.squashfs',
    'seed/user-data',
    'proven',
  ]) {
    assert.ok(
      files.includes(`/run/homepbp/boot/a/${name}`),
      `${name} in slot a:\n${files.join('\n')}`,
    );
  }
  assert.equal(report.text('/run/homepbp/boot/current.cfg'), 'set homepbp_current=a\n');
}

function checkWarm(report: SmallReport): void {
  const log = logOf(report);
  assert.match(log, /using the root image on the disk/);
  assert.match(log, /using the modules for kernel \S+ on the disk/);
  assert.match(log, /slot a on the disk is up to date/);
  const fetched = [...log.matchAll(/homepbp: fetching (.*)/g)].map(([, what]) => what ?? '');
  assert.deepEqual(
    fetched.filter((what) => !/seed|fetch\.list/.test(what)),
    [],
  );
  assert.deepEqual(report.marks, { whole: 3, damaged: 0 });
}

function checkLocal(report: SmallReport, slot: 'a' | 'b', boots: number): void {
  const log = logOf(report);
  assert.match(log, new RegExp(`booting from slot ${slot} on the disk`));
  assert.doesNotMatch(log, /network: asking|fetching/);
  assert.match(envOf(report), /^HOMEPBP_BOOT=disk$/m);
  assert.match(envOf(report), new RegExp(`^HOMEPBP_SLOT=${slot}$`, 'm'));
  assert.deepEqual(report.marks, { whole: boots, damaged: 0 });
}

function checkUpdate(report: SmallReport): void {
  const log = logOf(report);
  assert.match(log, /slot b on the disk is complete/);
  assert.match(log, /fetching rootfs\.squashfs/);
  assert.doesNotMatch(log, /fetching (vmlinuz|initrd|debs)/, 'unchanged files are linked');
  const files = report.text('files').split('\n');
  for (const slot of ['a', 'b']) {
    assert.ok(files.includes(`/run/homepbp/boot/${slot}/slot.cfg`), `slot ${slot}`);
  }
  assert.equal(report.text('/run/homepbp/boot/current.cfg'), 'set homepbp_current=b\n');
  assert.deepEqual(report.marks, { whole: 4, damaged: 0 });
}

/** Slot b failed twice: the old system is up, and is the current one from now on. */
function checkFallback(report: SmallReport): void {
  checkLocal(report, 'a', 6);
  assert.equal(report.text('/run/homepbp/boot/current.cfg'), 'set homepbp_current=a\n');
}
