// Recovery, by nodes.yaml and by GRUB's menu without Genesis: a system in RAM that says what it is,
// starts nothing for the cluster, and does not change a byte of the disk.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withBoot } from '../boot-partition.ts';
import { blankDisk, hashOf } from '../disk-image.ts';
import { startDhcp } from '../dnsmasq.ts';
import { buildInventory, startServe } from '../genesis.ts';
import { customOs, inventoryText, NODE } from '../inventory.ts';
import { type Lan, openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import type { Scene } from '../scene.ts';
import { awaitSmall, type SmallReport } from '../small.ts';
import { startWith } from '../small-genesis.ts';
import { makePerson } from '../ssh.ts';

export async function recovery(scene: Scene): Promise<number> {
  const lan = await openLan(scene);
  await startDhcp(scene, lan);
  const disk = await blankDisk(scene);
  const boot = async () => {
    const machine = await powerOn(scene, lan, { firmware: 'bios', mac: NODE.mac, disk });
    return awaitSmall(scene, machine, 600);
  };
  const genesis = await startWith(scene, lan, scene.image.small, [scene.image.grub]);
  await boot();
  await genesis.stop();
  const before = await hashOf(disk);

  await recoverOverNetwork(scene, lan, disk);
  assert.equal(await hashOf(disk), before, 'the disk as it was, after recovery over the network');

  await chooseRecovery(scene, disk);
  const chosen = await hashOf(disk);
  const byMenu = await boot();
  checkRecovery(byMenu);
  assert.match(byMenu.text('/run/homepbp/boot.env'), /^HOMEPBP_BOOT=disk$/m);
  assert.equal(await hashOf(disk), chosen, 'the disk as it was, after recovery by the menu');
  return byMenu.seconds;
}

/** The whole test image: a person reads at the screen what this is, logs in, and finds tools. */
async function recoverOverNetwork(scene: Scene, lan: Lan, disk: string): Promise<void> {
  const person = await makePerson(scene, lan);
  const os = customOs(scene.scratch, scene.image);
  const settings = { disk: 'auto', role: 'server', boot: 'recovery', ssh_keys: [person.publicKey] };
  const dist = await buildInventory(scene, inventoryText(os, settings));
  const genesis = await startServe(scene, lan, dist);
  const machine = await powerOn(scene, lan, { firmware: 'bios', mac: NODE.mac, disk });
  // At the login prompt, not in the boot's own messages.
  await machine.console.waitFor(/HomePBP: RECOVERY\. This system runs in RAM/, 900);
  const told = await person.run(LOOK);
  assert.match(told, /HomePBP: RECOVERY/, 'at login');
  assert.doesNotMatch(told, /^\/dev\/vd/m, 'nothing of the disk is mounted or swapped to');
  assert.doesNotMatch(told, /^missing /m, 'tools');
  assert.match(told, /^vda4 ext4 +HOMEPBP_STATE$/m, 'the disk is there to be repaired');
  for (const unit of UNITS) {
    assert.match(told, new RegExp(`^unit ${unit} masked inactive$`, 'm'));
  }
  process.stdout.write('  recovery over the network: logged in by ssh\n');
  await person.run('sudo systemctl poweroff').catch(() => undefined);
  await machine.off;
  await genesis.stop();
}

/** What recovery leaves off. */
const UNITS = [
  'k3s',
  'k3s-agent',
  'homepbp-join',
  'homepbp-join-root',
  'homepbp-enroll',
  'homepbp-k3s-files',
];

/** What the person types; first of all the reporter, which would power the machine off, is stopped. */
const LOOK = `sudo systemctl stop e2e-report; cat /etc/motd
  cat /proc/mounts /proc/swaps
  for unit in ${UNITS.join(' ')}; do
    echo unit $unit $(systemctl is-enabled $unit) $(systemctl is-active $unit)
  done
  for tool in sfdisk sgdisk blkid e2fsck mke2fs fsck.vfat dd mount ip; do
    sudo sh -c "command -v $tool" >/dev/null || echo missing $tool
  done
  sudo lsblk -rno NAME,FSTYPE,LABEL /dev/vda`;

function checkRecovery(report: SmallReport): void {
  const mounts = report.text('/proc/mounts');
  assert.doesNotMatch(mounts, /^\/dev\/(vd|loop\d+ \/run\/homepbp\/boot)/m);
  assert.doesNotMatch(mounts, / \/run\/homepbp\/(boot|state) /);
  assert.equal(report.disk.state, 'none');
  for (const file of ['/etc/motd', '/etc/issue'])
    assert.match(report.text(file), /HomePBP: RECOVERY/);
  for (const unit of ['k3s.service', 'homepbp-join.service', 'homepbp-booted.service']) {
    assert.match(report.text('masked'), new RegExp(`/${unit}$`, 'm'));
  }
  assert.deepEqual(report.marks, { whole: 0, damaged: 0 });
}

/** Makes recovery the default of the menu: the choice that somebody at the screen has. */
async function chooseRecovery(scene: Scene, disk: string): Promise<void> {
  const chosen = await withBoot(scene, disk, 'rw', async (folder) => {
    const menu = join(folder, 'grub/grub.cfg');
    const text = await readFile(menu, 'utf8');
    await writeFile(menu, text.replace('set default=auto', 'set default=recovery'));
    return text.includes('set default=auto');
  });
  assert.ok(chosen, 'the disk has a menu with a default');
}
