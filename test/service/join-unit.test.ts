// payload/systemd/homepbp-join.service under a real systemd: ready at once although it can only wait
// (there is no seed here), watched, and started again when it hangs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTrial, skip } from '../privileges/trial.ts';
import { bootSystemd, until } from './systemd.ts';

const required = process.env.HOMEPBP_REQUIRE_TOOLS === '1';
/** Seconds that the agent may be silent in this test: it says something every five. */
const WATCHDOG = 8;

/** The payload in its place, and a unit that needs nothing of the boot. */
const INSTALL = `
  mount -t tmpfs tmpfs /var/lib
  mkdir -p /var/lib/rancher /var/lib/homepbp /run/homepbp /run/upper /run/work /etc/systemd/system/homepbp-join.service.d
  mount -t overlay -o lowerdir=/usr/lib,upperdir=/run/upper,workdir=/run/work overlay /usr/lib
  mkdir -p /usr/lib/homepbp
  mount --bind payload /usr/lib/homepbp
  ln -s /usr/lib/homepbp/systemd/homepbp-join.service /etc/systemd/system/
  printf '[Unit]\\nDefaultDependencies=no\\nRequiresMountsFor=\\n[Service]\\nWatchdogSec=${WATCHDOG}\\nStandardOutput=append:/run/join.log\\nStandardError=append:/run/join.log\\n' \\
    >/etc/systemd/system/homepbp-join.service.d/trial.conf
  systemctl daemon-reload
  systemctl start homepbp-join`;

test('the agent is ready at once, feeds its watchdog, and is started again when it hangs', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const systemd = await bootSystemd(t, openTrial(t).folder);
  if (systemd === null) {
    assert.ok(!required, 'no systemd can run here');
    t.skip('no systemd can run here');
    return;
  }
  // Type=notify: this returns once the agent has said READY=1.
  systemd.sh(INSTALL);
  const show = (key: string) => systemd.sh(`systemctl show -P ${key} homepbp-join`).trim();
  const log = () => systemd.sh('cat /run/join.log');
  assert.equal(show('ActiveState'), 'active', log());
  assert.ok(await until(() => log().includes('cloud-init has not written it')), log());
  assert.match(systemd.sh('cat /run/homepbp/status.json'), /does not know what it is/);

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
