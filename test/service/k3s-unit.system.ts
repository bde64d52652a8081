// payload/systemd/k3s.service under a real systemd: who has no data starts once for each permit of the
// agent, however often systemd would try again; a member is started again and again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skip } from '../privileges/privileges.trial.ts';
import { bootNode, placeUnit } from './payload.ts';
import { until } from './systemd.ts';

/** Instead of k3s: says that it ran, and exits. */
const PROGRAM = `printf '#!/bin/sh\\necho ran "$@" >>/run/ran\\nexit 1\\n' >/var/lib/homepbp/bin/k3s
  chmod 0755 /var/lib/homepbp/bin/k3s
  : >/run/ran`;

test('no restart founds or joins what the agent has not just made sure of', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const systemd = await bootNode(t);
  if (systemd === null) return;
  placeUnit(systemd, 'k3s.service', 'RestartSec=100ms');
  systemd.sh(PROGRAM);
  const start = () => systemd.sh('systemctl start --no-block k3s');
  const state = () => systemd.sh('systemctl show -P ActiveState k3s').trim();
  const conditions = () =>
    systemd.sh('cat /run/log').split('unless homepbp-join permits it').length - 1;
  const runs = () => systemd.sh('cat /run/ran').split('\n').length - 1;

  start();
  assert.ok(await until(() => conditions() === 1 && state() === 'inactive'), state());
  assert.equal(runs(), 0, 'without data and without a permit nothing runs');

  const permit = (seconds: number) =>
    systemd.sh(
      `read -r now _ </proc/uptime; echo $((${'${now%%.*}'} + ${seconds})) >/run/homepbp/k3s-permit`,
    );
  permit(-1);
  start();
  assert.ok(await until(() => systemd.sh('cat /run/log').includes('has expired')));
  assert.equal(runs(), 0, 'a permit whose time is over is none');

  permit(10);
  start();
  assert.ok(await until(() => conditions() === 2 && state() === 'inactive'), state());
  assert.equal(systemd.sh('cat /run/ran'), 'ran server\n', 'one start for one permit');

  systemd.sh('mkdir -p /var/lib/rancher/k3s/server/db/etcd/member/wal');
  start();
  assert.ok(await until(() => runs() >= 4), `a member is started again: ${runs()}`);
  systemd.sh('systemctl stop k3s');
  assert.equal(conditions(), 2);
});
