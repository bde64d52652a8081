// What a booted machine says of itself (image/root/usr/local/sbin/e2e-report), and what is right.
import assert from 'node:assert/strict';
import { NODE, SSH_KEY } from './inventory.ts';
import { GENESIS } from './lan.ts';

interface Ran {
  /** Exit status; null when the program could not run. */
  readonly status: number | null;
  readonly out: string;
}

/** The parts of the report that are checked; texts are null where the guest has no such file. */
export interface GuestReport {
  readonly wait: Ran;
  readonly hostname: string;
  readonly authorized_keys: string | null;
  readonly node_json: string | null;
  /** Names in the NoCloud seed folder. */
  readonly seed: readonly string[];
  /** What is left of the initramfs' network: /run/net-*.conf. */
  readonly leftovers: readonly string[];
  readonly fstab: string | null;
  readonly addresses: Ran;
  readonly routes: Ran;
  readonly mounts: Ran;
  readonly modprobe: Readonly<Record<string, Ran>>;
  readonly status: Ran;
  /** /run/cloud-init/result.json */
  readonly result: string | null;
  /** Lines of cloud-init.log at level WARNING or above. */
  readonly warnings: readonly string[];
  readonly failed_units: Ran;
}

/** Each thing that must hold in a machine that booted as `NODE`. */
const CHECKS: Readonly<Record<string, (report: GuestReport) => void>> = {
  hostname: (report) => assert.equal(report.hostname, NODE.name),
  'ssh key of the default user': (report) => {
    assert.ok(
      report.authorized_keys?.split('\n').includes(SSH_KEY),
      String(report.authorized_keys),
    );
  },
  'write_files marker': (report) => {
    const marker = JSON.parse(report.node_json ?? 'null');
    assert.deepEqual([marker?.name, marker?.macs], [NODE.name, [NODE.mac]]);
  },
  'static address and nothing from DHCP': (report) => {
    assert.deepEqual(addressesOf(report), [NODE.ip]);
  },
  'gateway from network-config only': (report) => {
    const routes: { dst: string; gateway?: string }[] = JSON.parse(report.routes.out);
    const gateways = routes
      .filter((route) => route.dst === 'default')
      .map((route) => route.gateway);
    assert.deepEqual(gateways, [GENESIS]);
  },
  'no left-overs of the initramfs network': (report) => assert.deepEqual(report.leftovers, []),
  'modules of this kernel': (report) => {
    for (const [module, ran] of Object.entries(report.modprobe)) {
      assert.equal(ran.status, 0, `modprobe ${module}: ${ran.out}`);
    }
    assert.ok(Object.keys(report.modprobe).length >= 4);
  },
  'root in RAM': (report) => {
    const mounts: { filesystems: { target: string; fstype: string }[] } = JSON.parse(
      report.mounts.out,
    );
    const root = mounts.filesystems.findLast((mount) => mount.target === '/');
    assert.equal(root?.fstype, 'overlay');
  },
  "the image's own fstab is gone": (report) => assert.doesNotMatch(report.fstab ?? '', /^LABEL=/m),
  'cloud-init done': (report) => {
    assert.match(report.status.out, /^status: done$/m);
    assert.equal(report.wait.status, 0, report.wait.out);
    assert.match(JSON.parse(report.result ?? 'null').v1.datasource, /NoCloud/);
    assert.deepEqual(JSON.parse(report.result ?? 'null').v1.errors, []);
  },
  'cloud-init has nothing to complain of': (report) => assert.deepEqual(report.warnings, []),
  'no failed unit': (report) => assert.equal(report.failed_units.out, ''),
};

/** @throws one error that lists everything that is wrong with the machine */
export function checkGuest(report: GuestReport): void {
  const faults = Object.entries(CHECKS).flatMap(([what, check]) => {
    try {
      check(report);
      return [];
    } catch (error) {
      return [`${what}: ${(error as Error).message}`];
    }
  });
  if (faults.length > 0) throw new Error(`the guest is not as expected\n${faults.join('\n')}`);
}

/** The IPv4 addresses of the network cards, as address/prefix. */
function addressesOf(report: GuestReport): string[] {
  const links: {
    ifname: string;
    addr_info: { family: string; local: string; prefixlen: number }[];
  }[] = JSON.parse(report.addresses.out);
  return links
    .filter((link) => link.ifname !== 'lo')
    .flatMap((link) => link.addr_info)
    .filter((info) => info.family === 'inet')
    .map((info) => `${info.local}/${info.prefixlen}`);
}
