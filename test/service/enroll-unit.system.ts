// payload/systemd/homepbp-enroll.service under a real systemd: all that it needs works in its confinement, and
// nothing else does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { skip } from '../privileges/privileges.trial.ts';
import { bootNode, placeUnit } from './payload.ts';
import { until } from './systemd.ts';

const UNIT = 'homepbp-enroll.service';
/** For / of the program, where its confinement lets it write. */
const ROOT = '/run/homepbp/root';
/** Of 10, by `systemd-analyze security`: no more than this. */
const MOST_EXPOSED = 4;

const GENESIS = `
from enroll.test_scene import SERVER, Genesis
genesis = Genesis()
genesis.gives(SERVER)
with open("/run/port", "w") as file:
    file.write(str(genesis.server_port))
genesis.serve_forever()
`;

test('a node enrols within the confinement of the unit', { skip, timeout: 120_000 }, async (t) => {
  const systemd = await bootNode(t);
  if (systemd === null) return;
  systemd.sh(`mkdir -p ${ROOT}/etc/homepbp ${ROOT}/run/homepbp ${ROOT}/var/lib/homepbp
    echo '{"name": "n1", "role": "server"}' >${ROOT}/etc/homepbp/node.json
    echo '{"state": "mounted", "uuid": "c0ffee"}' >${ROOT}/run/homepbp/disk.json`);
  placeUnit(systemd, UNIT, `Environment=HOMEPBP_SYSROOT=${ROOT}`);
  // A boot does not wait for Genesis, which is off.
  systemd.sh(`systemctl start ${UNIT}`);
  const log = () => systemd.sh('cat /run/log');
  const says = () => systemd.sh(`cat ${ROOT}/run/homepbp/enrolment.json 2>/dev/null || :`);
  assert.ok(await until(() => says().includes('does not answer')), says() + log());
  assert.match(log(), /homepbp: this node waits for its secrets/);

  const run =
    'systemd-run -q --unit=genesis -p DefaultDependencies=no -E PYTHONPATH=/usr/lib/homepbp';
  systemd.sh(`${run} python3 -B -c '${GENESIS}'`);
  assert.ok(await until(() => systemd.sh('cat /run/port 2>/dev/null || :') !== ''));
  systemd.sh(`printf 'HOMEPBP_BASE=http://127.0.0.1:%s\\nHOMEPBP_NODE=52-54-00-12-34-01\\n' "$(cat /run/port)" \\
      >${ROOT}/run/homepbp/boot.env
    systemctl restart ${UNIT}`);
  assert.ok(await until(() => says().includes('this node is enrolled')), says() + log());
  const modes = systemd.sh(
    `cd ${ROOT}/var/lib/homepbp; stat -c '%a %U' secrets.json enroll enroll/key.pem`,
  );
  assert.equal(modes, '600 root\n700 root\n600 root\n');
  const [, exposure = ''] =
    /exposure level for .*: ([\d.]+)/.exec(
      systemd.sh(`systemd-analyze security --no-pager ${UNIT}`),
    ) ?? [];
  assert.ok(Number(exposure) > 0 && Number(exposure) <= MOST_EXPOSED, `exposure ${exposure}`);
  t.diagnostic(`exposure ${exposure}`);
  systemd.sh(`systemctl stop ${UNIT} genesis`);
});

/** What someone who has taken over the program tries; prints what he could do. */
const TRIES = `
  cd /
  for path in /etc/x.trial /usr/x.trial /var/lib/x /var/lib/rancher/x /run/x /root/x.trial /var/lib/homepbp/bin/k3s \\
    /var/lib/homepbp/k3s/x /run/homepbp/state/x /run/homepbp/boot/x /sys/kernel/x /proc/sys/kernel/hostname; do
    (echo x >"$path") 2>/dev/null && echo "wrote $path" && rm -f "$path"
  done
  cat /run/homepbp/state/secret 2>/dev/null && echo "read all of STATE"
  chown 1 /run/homepbp/own 2>/dev/null && echo chown
  for path in /run/systemd/private /run/systemd/notify /run/homepbp/join.sock; do
    python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$path" 2>/dev/null &&
      echo "reached $path"
  done
  systemctl start trial-other 2>/dev/null && echo "started a unit"
  mount -t tmpfs tmpfs /mnt 2>/dev/null && echo mount
  unshare -r true 2>/dev/null && echo unshare
  mknod /tmp/x b 8 0 2>/dev/null && echo mknod
  head -c1 /dev/mem >/dev/null 2>&1 && echo memory
  for path in /var/lib/homepbp/x /run/homepbp/x; do
    (echo x >"$path") && echo "may write $path"
  done`;

test('its confinement leaves it its own two folders', { skip, timeout: 120_000 }, async (t) => {
  const systemd = await bootNode(t);
  if (systemd === null) return;
  systemd.sh(`mkdir -p /run/homepbp/state /run/homepbp/boot /var/lib/homepbp/k3s
    echo secret >/run/homepbp/state/secret; : >/run/homepbp/own
    systemd-run -q -p DefaultDependencies=no python3 -c '
import socket, time
server = socket.socket(socket.AF_UNIX)
server.bind("/run/homepbp/join.sock")
server.listen()
time.sleep(60)'
    printf '[Service]\\nType=oneshot\\nExecStart=true\\n[Unit]\\nDefaultDependencies=no\\n' \\
      >/etc/systemd/system/trial-other.service
    cat >/run/tries <<'END'
${TRIES}
END`);
  const once = ['Type=oneshot', 'Restart=no', 'ExecStart=', 'ExecStart=/bin/sh /run/tries'];
  placeUnit(systemd, UNIT, ...once);
  systemd.sh(`systemctl start ${UNIT}`);
  assert.deepEqual(systemd.sh('cat /run/log').trim().split('\n'), [
    'may write /var/lib/homepbp/x',
    'may write /run/homepbp/x',
  ]);
});
