import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STAGES, type Stage } from '../../contract/timeline.ts';
import { type Machine, see } from './machine.ts';
import type { AskedForFile, Sighting } from './sighting.ts';

const MAC = '52-54-00-12-34-01';
const OS = 'os/24.04-amd64';
/** A sighting without machine and time. */
type Step = Sighting extends infer One
  ? One extends Sighting
    ? Omit<One, 'mac' | 'address' | 'at'>
    : never
  : never;

const file = (path: string, state: AskedForFile['state'] = 'begun', position = 0): Step => ({
  kind: 'file',
  path,
  position,
  size: 1000,
  state,
});
const whole = (path: string): Step[] => [file(path), file(path, 'whole', 1000)];
const said = (
  stage: Extract<Sighting, { kind: 'said' }>['stage'],
  message = '',
  error: string | null = null,
): Step => ({ kind: 'said', stage, message, error });

/** The machine after these steps, one a second, from second `from` on. */
function boot(steps: readonly Step[], machine: Machine | null = null, from = 0): Machine {
  let now = machine;
  for (const [index, step] of steps.entries()) {
    now = see(now, { ...step, mac: MAC, address: '192.0.2.5', at: (from + index) * 1000 });
  }
  assert.ok(now);
  return now;
}

/** The sightings of a network boot, firmware to seed. */
const FETCHED: readonly Step[] = [
  ...whole('tftp/undionly.kpxe'),
  ...whole('tftp/boot.ipxe'),
  ...whole('boot.ipxe'),
  ...whole(`nodes/${MAC}/boot.ipxe`),
  ...whole(`${OS}/vmlinuz`),
  ...whole(`${OS}/initrd`),
  ...whole(`${OS}/homepbp.cpio`),
  said('root', 'the network is up'),
  ...whole(`nodes/${MAC}/meta-data`),
  ...whole(`nodes/${MAC}/user-data`),
  ...whole(`${OS}/fetch.list`),
  ...whole(`${OS}/rootfs.squashfs`),
];
const WHOLE_BOOT = [...FETCHED, said('disk'), said('seed'), said('cluster'), said('ready')];

const statesOf = ({ stages }: Machine) =>
  Object.fromEntries(
    STAGES.flatMap((stage) => (stages[stage] ? [[stage, stages[stage]?.state]] : [])),
  );

test('a boot goes through all stages in order, and each ends', () => {
  const machine = boot(WHOLE_BOOT);
  assert.equal(machine.stage, 'ready');
  assert.deepEqual(Object.keys(statesOf(machine)), STAGES);
  assert.ok(
    Object.values(statesOf(machine)).every((state) => state === 'done'),
    JSON.stringify(statesOf(machine)),
  );
  const starts = STAGES.map((stage) => machine.stages[stage]?.started ?? Number.NaN);
  assert.deepEqual(
    starts,
    starts.toSorted((a, b) => a - b),
  );
  assert.deepEqual([machine.arch, machine.firmware], ['amd64', 'bios']);
});

test('at each step exactly the current stages are running', () => {
  const running = WHOLE_BOOT.map((_, index) => {
    const states = Object.entries(statesOf(boot(WHOLE_BOOT.slice(0, index + 1))));
    return states
      .filter(([, state]) => state === 'running')
      .map(([stage]) => stage)
      .join('+');
  });
  assert.deepEqual(
    running.filter((stages, index) => stages !== running[index - 1]),
    [
      'firmware',
      'ipxe',
      'script',
      'kernel',
      'initrd',
      'root',
      'root+seed',
      'disk',
      '',
      'cluster',
      '',
    ],
  );
});

test('without check-ins, files alone show the boot', () => {
  const machine = boot(FETCHED.filter(({ kind }) => kind === 'file'));
  assert.equal(machine.stage, 'seed');
  assert.deepEqual(statesOf(machine).root, 'running');
  assert.deepEqual(statesOf(machine).initrd, 'done');
});

test('a boot from the disk is known by its check-ins alone', () => {
  const first = boot(WHOLE_BOOT);
  const second = boot([said('root', 'from the disk')], first, 1000);
  assert.deepEqual([second.booted, second.stage], [1_000_000, 'root']);
  assert.deepEqual(statesOf(second), { root: 'running' });
  assert.equal(second.firstSeen, first.firstSeen);
});

test('another network boot starts over, whatever the machine did before', () => {
  for (let done = 9; done <= WHOLE_BOOT.length; done++) {
    for (const again of ['tftp/undionly.kpxe', 'tftp/boot.ipxe', 'boot.ipxe']) {
      const machine = boot([file(again)], boot(WHOLE_BOOT.slice(0, done)), 50);
      assert.deepEqual(
        [machine.booted, Object.keys(machine.stages).length],
        [50_000, 1],
        `${done} ${again}`,
      );
    }
  }
});

test('firmware that is iPXE and loads iPXE is one boot; a reset in the script is another', () => {
  const chain = boot([
    { kind: 'dhcp', isIpxe: true, archs: [0] },
    ...whole('tftp/undionly.kpxe'),
    file('tftp/boot.ipxe'),
  ]);
  assert.equal(chain.booted, 0);
  assert.deepEqual(statesOf(chain), { firmware: 'done', ipxe: 'running' });
  const reset = boot([file('tftp/undionly.kpxe')], boot(FETCHED.slice(0, 8)), 60);
  assert.equal(reset.booted, 60_000);
});

test('iPXE that tries again goes back, and is still in the same boot', () => {
  const machine = boot([file(`${OS}/vmlinuz`)], boot(FETCHED.slice(0, 12)), 12);
  assert.deepEqual([machine.stage, machine.booted], ['kernel', 0]);
  assert.equal(statesOf(machine).initrd, undefined);
});

test('the end of a download that comes late changes no stage', () => {
  const machine = boot([
    file(`${OS}/vmlinuz`),
    file(`${OS}/initrd`),
    file(`${OS}/vmlinuz`, 'whole', 1000),
    file(`${OS}/initrd`, 'running', 500),
  ]);
  assert.equal(machine.stage, 'initrd');
  assert.equal(machine.stages.kernel?.files[`${OS}/vmlinuz`]?.position, 1000);
  assert.equal(machine.stages.initrd?.files[`${OS}/initrd`]?.position, 500);
});

test('images that a running node fetches for its disk are part of the stage that it is in', () => {
  for (const [steps, stage] of [
    [[said('disk')], 'disk'],
    [[said('disk'), said('seed'), said('cluster')], 'cluster'],
    [[said('disk'), said('seed'), said('ready')], 'ready'],
  ] as const) {
    const machine = boot([
      ...FETCHED,
      ...steps,
      file(`${OS}/vmlinuz`),
      file('k3s/v1.34.1+k3s1/k3s-amd64'),
    ]);
    assert.equal(machine.stage, stage);
    assert.equal(machine.booted, 0);
    assert.ok(machine.stages[stage as Stage]?.files['k3s/v1.34.1+k3s1/k3s-amd64']);
  }
});

test('an error is shown until the machine continues', () => {
  const failed = boot([...FETCHED.slice(0, 15), said('root', '', 'no memory')]);
  assert.deepEqual([failed.stages.root?.state, failed.stages.root?.error], ['failed', 'no memory']);
  const on = boot([said('root', 'again')], failed, 100);
  assert.deepEqual(
    [on.stages.root?.state, on.stages.root?.error, on.stages.root?.message],
    ['running', null, 'again'],
  );
});

test('a node that has to join again is not ready; one that says once more that it founded is', () => {
  const ready = boot(WHOLE_BOOT);
  assert.equal(boot([said('founded')], ready, 100).stage, 'ready');
  const again = boot([said('cluster', 'k3s is down')], ready, 100);
  assert.deepEqual([again.stage, again.stages.ready, again.booted], ['cluster', undefined, 0]);
});

test('what is not part of a boot changes nothing', () => {
  const machine = boot(FETCHED);
  assert.equal(boot([file('index.html'), file('inventory.json')], machine, 100), machine);
  assert.equal(
    see(null, { ...file('assets/x.js'), mac: MAC, address: null, at: 1 } as Sighting),
    null,
  );
});

test('a refused machine says so in its script', () => {
  const machine = boot([...whole('boot.ipxe'), ...whole('unknown.ipxe')]);
  assert.match(machine.stages.script?.error ?? '', /unknown machines/);
});

test('endless files do not fill the memory', () => {
  const many = Array.from({ length: 1000 }, (_, index) => file(`${OS}/debs/${index}.deb`));
  assert.ok(Object.keys(boot(many).stages.root?.files ?? {}).length <= 64);
});
