// systemd/homepbp.service under a real systemd: what it is like to run by it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANNA, INVENTORY, NODE, openTrial, skip } from '../privileges/privileges.trial.ts';
import { installation } from './installation.ts';
import { bootSystemd, type Systemd, until } from './systemd.ts';

/** Who the server is, by what systemd gave it. */
function status(systemd: Systemd): Record<string, string> {
  const text = systemd.sh('cat /proc/$(systemctl show -P MainPID homepbp)/status');
  return Object.fromEntries(text.split('\n').map((line) => line.split(/:\s*/, 2)));
}

test('installed as its comment says: serves a 0600 seed to its machine, and may little else', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const trial = openTrial(t);
  trial.write('dist/manifest.json', '{}');
  trial.write('dist/inventory.json', JSON.stringify(INVENTORY));
  trial.write('dist/tftp/boot.ipxe', '#!ipxe\n', 0o600);
  trial.write(`dist/nodes/${NODE}/user-data`, 'the seed', 0o600);
  // As anna's own `mkdir -p state` makes it.
  trial.write('state/kept', '');
  trial.write('secrets/token', 'the token', 0o600);
  trial.write('secrets/issued/secrets.json', 'first', 0o600);
  const systemd = await bootSystemd(t, trial.folder);
  if (systemd === null) return;
  const mac = NODE.replaceAll('-', ':');
  systemd.sh(`MAC=${mac}; . test/service/neighbour.sh; ${installation()}`);
  const log = () => systemd.sh('cat /run/homepbp.log');
  const ready = await until(() => /^ready http=0\.0\.0\.0:8080 tftp=0\.0\.0\.0:69$/m.test(log()));
  assert.ok(ready, log());
  const seed = `nodes/${NODE}/user-data`;
  for (const host of ['192.0.2.1', '[2001:db8::1]']) {
    assert.equal(
      systemd.sh(`ip netns exec node curl -s -g http://${host}:8080/${seed}`),
      'the seed',
    );
  }
  assert.match(systemd.sh(`curl -s http://192.0.2.1:8080/${seed}`), /for their machines only/);
  const tftp = systemd.sh('ip netns exec node curl -s tftp://192.0.2.1/boot.ipxe');
  assert.equal(tftp, '#!ipxe\n');

  const { Uid, Gid, CapEff, CapBnd, NoNewPrivs, Seccomp } = status(systemd);
  assert.deepEqual(
    new Set(`${Uid}\t${Gid}`.split('\t').map(Number)),
    new Set([ANNA.uid, ANNA.gid]),
  );
  const bindService = '0000000000000400';
  assert.deepEqual([CapEff, CapBnd, NoNewPrivs, Seccomp], [bindService, bindService, '1', '2']);
  // The kernel sends large files itself: shim/http/sendfile.ts.
  systemd.sh('grep -ls /koffi.node /proc/[0-9]*/maps');
  // The seed was written down under the kernel's lock: durable/lock.ts.
  systemd.sh('grep -ls /fs-native-extensions.node /proc/[0-9]*/maps');
  assert.doesNotMatch(log(), /cannot be locked/);

  const inside = 'nsenter -t $(systemctl show -P MainPID homepbp) -m -w';
  const try_ = (command: string) =>
    systemd.sh(`${inside} setpriv --reuid anna --clear-groups ${command} 2>&1 || true`);
  assert.match(try_('touch dist/new'), /Read-only file system/);
  assert.equal(try_('ls -A secrets'), 'issued\n');
  assert.equal(try_('cat secrets/issued/secrets.json'), 'first');
  // As a build replaces it: by rename.
  systemd.sh(`cd secrets/issued && printf second >new && chown anna new && mv new secrets.json`);
  assert.equal(try_('cat secrets/issued/secrets.json'), 'second');
  assert.match(try_('touch secrets/issued/new'), /Read-only file system/);
  assert.match(try_('touch secrets/new'), /Read-only file system|Permission denied/);
  assert.equal(try_('touch state/new'), '');

  systemd.sh('systemctl stop homepbp');
  const shown = systemd.sh('systemctl show -P Result -P ActiveState homepbp');
  assert.deepEqual(shown.trim().split('\n').toSorted(), ['inactive', 'success']);
});
