// What the units promise: k3s only with its disk, started by the agent alone; the agent watched.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

type Unit = ReadonlyMap<string, readonly string[]>;

/** A unit's settings by `Section.Key`. */
function readUnit(name: string): Unit {
  const unit = new Map<string, string[]>();
  let section = '';
  for (const line of readFileSync(join(import.meta.dirname, name), 'utf8').split('\n')) {
    const [, opened] = /^\[(\w+)\]$/.exec(line) ?? [];
    const [, key, value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (opened !== undefined) section = opened;
    if (key === undefined) continue;
    const at = `${section}.${key}`;
    unit.set(at, [...(unit.get(at) ?? []), value]);
  }
  return unit;
}

const words = (unit: Unit, key: string) => (unit.get(key) ?? []).flatMap((line) => line.split(' '));
const UNITS = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.service'));

for (const name of ['k3s.service', 'k3s-agent.service']) {
  describe(name, () => {
    const unit = readUnit(name);
    test('never starts without STATE', () => {
      const mounts = words(unit, 'Unit.RequiresMountsFor');
      assert.deepEqual(mounts.sort(), ['/var/lib/homepbp', '/var/lib/rancher']);
    });
    test('is started by the agent, not by a boot', () => {
      assert.ok(![...unit.keys()].some((key) => key.startsWith('Install.')));
    });
    test('may wait for its peers for as long as they are off', () => {
      assert.deepEqual(unit.get('Service.TimeoutStartSec'), ['0']);
      assert.deepEqual(unit.get('Unit.StartLimitIntervalSec'), ['0']);
    });
    test('its containers outlive a restart of it', () => {
      assert.deepEqual(unit.get('Service.KillMode'), ['process']);
      assert.deepEqual(unit.get('Service.Delegate'), ['yes']);
    });
  });
}

test('a server without data starts only with a permit', () => {
  const [condition] = readUnit('k3s.service').get('Service.ExecCondition') ?? [];
  assert.equal(condition, '/usr/lib/homepbp/join/k3s-may-start');
});

test("a changed agents' token does not keep k3s from starting", () => {
  const unit = readUnit('k3s.service');
  for (const key of ['Service.ExecStartPre', 'Service.ExecStartPost']) {
    const touch = unit.get(key)?.find((line) => line.startsWith('-/usr/bin/touch '));
    assert.match(
      touch ?? '',
      / --no-create --date=@0 \/var\/lib\/rancher\/k3s\/server\/cred\/passwd$/,
    );
  }
});

describe('homepbp-join.service', () => {
  const unit = readUnit('homepbp-join.service');
  test('is watched, and started again whatever ends it', () => {
    assert.deepEqual(unit.get('Service.Type'), ['notify']);
    assert.ok(Number(unit.get('Service.WatchdogSec')?.[0]) >= 60);
    assert.deepEqual(unit.get('Service.Restart'), ['always']);
  });
  test('starts after the seed and only with STATE', () => {
    assert.ok(words(unit, 'Unit.After').includes('cloud-config.service'));
    assert.ok(words(unit, 'Unit.RequiresMountsFor').includes('/var/lib/homepbp'));
  });
});

describe('who parses what strangers send', () => {
  const agent = readUnit('homepbp-join.service');
  test('is nobody, without rights, and writes to the folder of its sockets alone', () => {
    assert.deepEqual(agent.get('Service.DynamicUser'), ['yes']);
    assert.deepEqual(agent.get('Service.CapabilityBoundingSet'), ['']);
    assert.deepEqual(agent.get('Service.RuntimeDirectory'), ['homepbp-join']);
    for (const key of ['ReadWritePaths', 'StateDirectory', 'BindPaths', 'SupplementaryGroups']) {
      assert.ok(!agent.has(`Service.${key}`), key);
    }
  });
  test('has root do the rest, whose socket is there before it starts', () => {
    for (const key of ['Wants', 'After']) {
      assert.ok(words(agent, `Unit.${key}`).includes('homepbp-join-root.service'), key);
    }
  });
  for (const name of [
    'homepbp-join.service',
    'homepbp-k3s-files.service',
    'homepbp-ready.service',
  ]) {
    test(`${name} reaches neither systemd nor D-Bus, and cannot permit a start of k3s`, () => {
      const unit = readUnit(name);
      for (const path of ['-/run/dbus', '-/run/systemd/private']) {
        assert.ok(words(unit, 'Service.InaccessiblePaths').includes(path));
      }
      assert.deepEqual(unit.get('Service.ProtectSystem'), ['strict']);
      assert.deepEqual(unit.get('Service.ReadOnlyPaths'), ['/run']);
      assert.ok(!words(unit, 'Service.ReadWritePaths').includes('/run/homepbp'));
      assert.deepEqual(unit.get('Service.NoNewPrivileges'), ['yes']);
    });
  }
});

test('what downloads k3s sees no secrets of the node, under whatever name they are kept', () => {
  const hidden = words(readUnit('homepbp-k3s-files.service'), 'Service.InaccessiblePaths');
  const places = readFileSync(join(import.meta.dirname, '../join/shell/paths.py'), 'utf8');
  const kept = [...places.matchAll(/= STATE \+ '(\/secrets[\w.]*\.json)'/g)].map(
    ([, name]) => name,
  );
  assert.equal(kept.length, 3);
  for (const name of [...kept, '/enroll'])
    for (const state of ['', '/run/homepbp/state'])
      assert.ok(hidden.includes(`-${state}/var/lib/homepbp${name}`), name);
});

describe('homepbp-join-root.service', () => {
  const unit = readUnit('homepbp-join-root.service');
  test('writes what is k3s and ours', () => {
    const paths = words(unit, 'Service.ReadWritePaths');
    assert.deepEqual(paths, [
      ...['/var/lib/homepbp', '/var/lib/rancher', '/run/homepbp', '-/etc/rancher'],
    ]);
    assert.deepEqual(unit.get('Service.ProtectSystem'), ['strict']);
  });
  test('speaks to this node alone', () => {
    assert.deepEqual(unit.get('Service.IPAddressDeny'), ['any']);
    assert.deepEqual(unit.get('Service.IPAddressAllow'), ['localhost']);
  });
  test('reaches every console', () => {
    for (const key of ['DevicePolicy', 'DeviceAllow', 'PrivateDevices', 'ProtectClock']) {
      assert.ok(!unit.has(`Service.${key}`), key);
    }
  });
});

describe('homepbp-enroll.service', () => {
  const unit = readUnit('homepbp-enroll.service');
  test('holds up no boot, and is started again whatever ends it', () => {
    assert.deepEqual(unit.get('Service.Type'), ['simple']);
    assert.deepEqual(unit.get('Service.Restart'), ['always']);
    assert.ok(!unit.has('Service.ExecStartPre'));
  });
  test('starts after the seed and with STATE', () => {
    assert.ok(words(unit, 'Unit.After').includes('cloud-config.service'));
    assert.deepEqual(words(unit, 'Unit.RequiresMountsFor'), ['/var/lib/homepbp']);
  });
  test('has no rights but to write its own folders, and no local sockets', () => {
    assert.deepEqual(unit.get('Service.CapabilityBoundingSet'), ['']);
    assert.deepEqual(words(unit, 'Service.ReadWritePaths'), ['/var/lib/homepbp', '/run/homepbp']);
    assert.deepEqual(words(unit, 'Service.RestrictAddressFamilies'), ['AF_INET', 'AF_INET6']);
  });
});

test('an agent without a disk has its password before k3s makes one', () => {
  const before = readUnit('k3s-agent.service').get('Service.ExecStartPre') ?? [];
  // Without a dash before it: k3s does not start if it fails.
  assert.ok(before.some((line) => /^\/usr\/bin\/env .* -m artefacts\.password$/.test(line)));
});

test('the agent, and so k3s, starts behind the fence, or without it where that fails', () => {
  const unit = readUnit('homepbp-join.service');
  for (const key of ['Unit.Wants', 'Unit.After'])
    assert.ok(words(unit, key).includes('homepbp-fence.service'), key);
  assert.deepEqual(readUnit('homepbp-fence.service').get('Service.Type'), ['oneshot']);
});

test('a start of k3s waits for nothing that may take a while: its permit would be taken back', () => {
  for (const name of ['k3s.service', 'k3s-agent.service']) {
    for (const key of ['Unit.Wants', 'Unit.Requires', 'Unit.After'])
      assert.deepEqual(
        words(readUnit(name), key).filter((one) => one !== 'network-online.target'),
        [],
        name,
      );
  }
});

test('in recovery nothing of the cluster runs', () => {
  const steps = join(import.meta.dirname, '../initramfs/steps/recovery.sh');
  const [, masked = ''] = /RECOVERY_MASKED='([^']*)'/.exec(readFileSync(steps, 'utf8')) ?? [];
  for (const name of readdirSync(import.meta.dirname).filter((one) =>
    /\.(service|timer)$/.test(one),
  ))
    if (name !== 'homepbp-ready.service') assert.ok(masked.split(/\s+/).includes(name), name);
});

test('the k3s that the agent starts is one of these units', () => {
  const agent = readFileSync(join(import.meta.dirname, '../join/shell/k3s.py'), 'utf8');
  const named = [...agent.matchAll(/_UNIT = '([\w-]+\.service)'/g)].map(([, unit]) => unit ?? '');
  assert.deepEqual(named.sort(), ['k3s-agent.service', 'k3s.service']);
  for (const unit of named) assert.ok(UNITS.includes(unit));
});
