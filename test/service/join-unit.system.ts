// payload/systemd/homepbp-join.service under a real systemd: ready at once although it can only wait
// (there is no seed here), watched, and started again when it hangs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skip } from '../privileges/privileges.trial.ts';
import { bootNode, placeUnit } from './payload.ts';
import { until } from './systemd.ts';

/** Seconds that the agent may be silent in this test, and that systemd waits before it restarts it. */
const SETTINGS = ['WatchdogSec=2', 'RestartSec=100ms'];

test('the agent is ready at once, feeds its watchdog, and is started again when it hangs', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const systemd = await bootNode(t);
  if (systemd === null) return;
  placeUnit(systemd, 'homepbp-join-root.service');
  placeUnit(systemd, 'homepbp-join.service', ...SETTINGS);
  // Type=notify: this returns once the agent has said READY=1.
  systemd.sh('systemctl start homepbp-join');
  const show = (key: string) => systemd.sh(`systemctl show -P ${key} homepbp-join`).trim();
  const log = () => systemd.sh('cat /run/log');
  assert.equal(show('ActiveState'), 'active', log());
  assert.ok(await until(() => log().includes('cloud-init has not written it')), log());
  assert.match(systemd.sh('cat /run/homepbp/status.json'), /cannot read this node's configuration/);

  const first = show('MainPID');
  const fed = Number(show('WatchdogTimestampMonotonic'));
  const again = await until(() => Number(show('WatchdogTimestampMonotonic')) > fed);
  assert.ok(again, 'the watchdog was fed once more');
  assert.equal(show('MainPID'), first);

  systemd.sh(`kill -STOP ${first}`);
  assert.ok(await until(() => show('NRestarts') === '1'), `Result ${show('Result')}`);
  assert.ok(await until(() => show('ActiveState') === 'active'));
  assert.notEqual(show('MainPID'), first);
  systemd.sh('systemctl stop homepbp-join');
});
