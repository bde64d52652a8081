// payload/systemd/homepbp-fence.service under a real systemd: what the rules need works in its confinement, and a
// start of the agent brings it along.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { skip } from '../privileges/privileges.trial.ts';
import { bootNode, placeUnit } from './payload.ts';
import { until } from './systemd.ts';

const LACKS_NFT =
  process.env.HOMEPBP_REQUIRE_TOOLS !== '1' &&
  spawnSync('sh', ['-c', 'command -v nft']).status !== 0;

test('the fence is up before the agent runs, which starts k3s', {
  skip: skip || LACKS_NFT,
  timeout: 120_000,
}, async (t) => {
  const systemd = await bootNode(t);
  if (systemd === null) return;
  systemd.sh(`echo HOMEPBP_BASE=http://10.66.0.1:8080/boot >/run/homepbp/boot.env
    echo '{"state": "mounted"}' >/run/homepbp/disk.json`);
  placeUnit(systemd, 'homepbp-fence.service');
  // As root, outside of its confinement.
  const look = 'ExecStartPre=+/bin/sh -c "nft list ruleset >/run/seen"';
  placeUnit(systemd, 'homepbp-join.service', look);
  systemd.sh('systemctl start --no-block homepbp-join');
  const log = () => systemd.sh('cat /run/log');
  assert.ok(await until(() => systemd.sh('cat /run/seen 2>/dev/null || :') !== ''), log());
  assert.match(log(), /pods cannot reach port 8080 of 10\.66\.0\.1 \(nft\)/);
  assert.match(systemd.sh('cat /run/seen'), /ip daddr 10\.66\.0\.1 tcp dport 8080 .*drop/);
  systemd.sh('systemctl stop homepbp-join');

  systemd.sh('nft flush ruleset; : >/run/log');
  placeUnit(systemd, 'homepbp-fence.timer');
  systemd.sh('systemctl start homepbp-fence.timer');
  assert.ok(await until(() => log().includes('pods cannot reach')), 'and again by the timer');
});
