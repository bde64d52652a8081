// The node's own disk, in machines that boot the small root: which one it takes, and which it never
// touches.
import assert from 'node:assert/strict';
import { basename, join } from 'node:path';
import { blankDisk, breakFirstTable, GB, hashOf } from '../disk-image.ts';
import { startDhcp } from '../dnsmasq.ts';
import { foreignDisks } from '../foreign-disks.ts';
import { buildInventory, serveDist } from '../genesis.ts';
import { inventoryText, NODE, OTHER_NODE, smallOs } from '../inventory.ts';
import { DHCP_RANGE, openLan } from '../lan.ts';
import { type Disk, powerOn } from '../machine.ts';
import { runProgram } from '../program.ts';
import type { Scene } from '../scene.ts';
import { awaitSmall, type SmallReport } from '../small.ts';

const SERVER = { disk: 'auto', role: 'server' } as const;

/** A network with a Genesis, and the boots of its machines. */
interface Bench {
  /** Powers a machine on with these disks and gives what the small root reports. */
  boot(disks: readonly Disk[], mac?: string): Promise<SmallReport>;
  /** Rebuilds the node's files. */
  becomes(settings: object): Promise<void>;
  /** From now on DHCP gives other addresses. */
  otherLeases(): Promise<void>;
}

async function openBench(
  scene: Scene,
  settings: object = SERVER,
  others: readonly object[] = [],
): Promise<Bench> {
  const becomes = async (more: object) => {
    const text = inventoryText(smallOs(scene.scratch, scene.image), more, others);
    await buildInventory(scene, text);
  };
  await becomes(settings);
  const lan = await openLan(scene);
  await serveDist(scene, lan, join(scene.scratch, 'dist'));
  const dhcp = await startDhcp(scene, lan);
  return {
    becomes,
    async otherLeases() {
      await dhcp.stop();
      await startDhcp(scene, lan, { ...DHCP_RANGE, first: '10.77.0.200', last: '10.77.0.220' });
    },
    async boot(disks, mac = NODE.mac) {
      const machine = await powerOn(scene, lan, { firmware: 'bios', mac, disks });
      return awaitSmall(scene, machine);
    },
  };
}

/**
 * Ours of 4 GB beside a new blank one of 8 GB, in both orders of appearance; at first with a table whose
 * first copy a power cut has left broken, so that the kernel shows no partitions of it.
 */
export async function diskChoice(scene: Scene): Promise<number> {
  const bench = await openBench(scene);
  const ours = await blankDisk(scene, 'ours', 4 * GB);
  const blank = await blankDisk(scene, 'blank', 8 * GB);
  const before = await hashOf(blank);
  const made = await bench.boot([{ path: ours }]);
  assert.deepEqual([made.disk.state, made.disk.device], ['mounted', '/dev/vda4']);
  assert.deepEqual(made.marks, { whole: 1, damaged: 0 });
  await breakFirstTable(ours);
  const first = await bench.boot([{ path: ours }, { path: blank }]);
  assert.match(
    first.text('/run/homepbp/boot.log'),
    /the power failed while the partition table of vda was being written; restored/,
  );
  assert.deepEqual([first.disk.device, first.disk.uuid], ['/dev/vda4', made.disk.uuid]);
  const second = await bench.boot([{ path: blank }, { path: ours }]);
  assert.deepEqual([second.disk.device, second.disk.uuid], ['/dev/vdb4', made.disk.uuid]);
  assert.deepEqual(second.marks, { whole: 3, damaged: 0 });
  assert.equal(await hashOf(blank), before);
  return made.seconds;
}

/** Only other people's disks, all at once, and a blank USB stick: none is written. */
export async function diskForeign(scene: Scene): Promise<number> {
  const bench = await openBench(scene);
  const disks = await foreignDisks(scene);
  const hashes = () => Promise.all(disks.map(({ path }) => hashOf(path)));
  const before = await hashes();
  const { disk, seconds } = await bench.boot(disks);
  assert.equal(disk.state, 'refused');
  for (const { path, why } of disks) assert.match(disk.reason ?? '', why, basename(path));
  assert.deepEqual(await hashes(), before);
  return seconds;
}

/** A disk and a copy of it stop the node's STATE; so does the disk of another node. */
export async function diskDuplicate(scene: Scene): Promise<number> {
  const bench = await openBench(scene);
  const ours = await blankDisk(scene, 'ours', 4 * GB);
  const { seconds } = await bench.boot([{ path: ours }]);
  const copy = join(scene.scratch, 'copy.img');
  await runProgram(['cp', '--sparse=always', ours, copy], { seconds: 120 });
  const before = [await hashOf(ours), await hashOf(copy)];
  const { disk } = await bench.boot([{ path: ours }, { path: copy }]);
  assert.equal(disk.state, 'refused');
  assert.match(disk.reason ?? '', /more than one HOMEPBP_STATE, on: vda vdb/);
  assert.deepEqual([await hashOf(ours), await hashOf(copy)], before);
  return seconds;
}

/** The disk of another node, beside a blank one: neither is written, whatever `wipe` says. */
export async function diskMoved(scene: Scene): Promise<number> {
  const bench = await openBench(scene, SERVER, [{ ...OTHER_NODE, ...SERVER }]);
  const theirs = await blankDisk(scene, 'theirs', 4 * GB);
  const blank = await blankDisk(scene, 'blank', 4 * GB);
  const { seconds, disk: made } = await bench.boot([{ path: theirs }], OTHER_NODE.mac);
  assert.deepEqual([made.state, made.node], ['mounted', OTHER_NODE.name]);
  const before = [await hashOf(theirs), await hashOf(blank)];
  await bench.becomes({ ...SERVER, wipe: 'now' });
  const { disk } = await bench.boot([{ path: theirs }, { path: blank }]);
  assert.equal(disk.state, 'refused');
  assert.match(disk.reason ?? '', /belongs to e2e-node99, but this is e2e-node01/);
  assert.deepEqual([await hashOf(theirs), await hashOf(blank)], before);
  return seconds;
}

/** `disk: none` beside a blank disk: RAM under the same mounts, the disk as it was. */
export async function diskNone(scene: Scene): Promise<number> {
  const bench = await openBench(scene, {});
  const blank = await blankDisk(scene, 'blank', 4 * GB);
  const before = await hashOf(blank);
  const report = await bench.boot([{ path: blank }]);
  assert.equal(report.disk.state, 'none');
  assert.match(report.text('/run/homepbp/boot.log'), /this node keeps its data in RAM/);
  assert.match(report.text('/etc/motd'), /'disk: none': this node keeps its data in RAM/);
  assert.match(report.text('/proc/mounts'), /^\S+ \/var\/lib\/rancher tmpfs /m);
  assert.equal(await hashOf(blank), before);
  return report.seconds;
}

/** Three boots, the last with a different lease: the node's identity stays the same. */
export async function identity(scene: Scene): Promise<number> {
  const bench = await openBench(scene);
  const ours = [{ path: await blankDisk(scene, 'ours', 4 * GB) }];
  const reports = [await bench.boot(ours), await bench.boot(ours)];
  // dnsmasq gives a lease by client id or MAC: a new range is another lease.
  await bench.otherLeases();
  reports.push(await bench.boot(ours));
  const [first, ...later] = reports.map((report) => ({
    machineId: report.text('/etc/machine-id'),
    state: report.text('/var/lib/homepbp/state.json'),
    nodeIp: report.text('/var/lib/homepbp/node-ip.json'),
    // Host keys, /etc/rancher with the node's password, and what is in /var/lib/homepbp.
    hashes: report.text('hashes'),
  }));
  assert.match(first?.machineId ?? '', /^[0-9a-f]{32}\n$/);
  assert.match(first?.hashes ?? '', /ssh_host_ed25519_key\n/);
  assert.match(first?.hashes ?? '', /\/etc\/rancher\/node\/password\n/);
  assert.match(first?.nodeIp ?? '', /"node_ip": "10\.77\.0\.1\d\d"/);
  const lease = /network: \S+ has (\S+)/.exec(reports.at(-1)?.text('/run/homepbp/boot.log') ?? '');
  assert.match(lease?.[1] ?? '', /^10\.77\.0\.2\d\d\/24$/, 'another lease, the last time');
  for (const one of later) assert.deepEqual(one, first);
  assert.deepEqual(reports.at(-1)?.marks, { whole: 3, damaged: 0 });
  return reports[0]?.seconds ?? 0;
}
