// payload/systemd/homepbp-join.service under a real systemd: what a stranger who has taken over the agent could
// do. He writes nothing but the folder of its sockets, reaches neither systemd nor D-Bus, and has of root only
// what homepbp-join-root.service does for him.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { skip } from '../privileges/privileges.trial.ts';
import { bootNode, placeUnit } from './payload.ts';
import { type Systemd, until } from './systemd.ts';

/** Of 10, by `systemd-analyze security`: no more than this. */
const MOST_EXPOSED = 4;
const AGENT = 'homepbp-join.service';
const ROOT = 'homepbp-join-root.service';
/** What a node without any other service lacks: D-Bus, a seed, a disk, and a k3s that only sleeps. */
const NODE = `
  mkdir -p /run/dbus /etc/homepbp /var/lib/rancher/k3s /etc/rancher
  python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/run/dbus/system_bus_socket")'
  chmod 0666 /run/dbus/system_bus_socket
  mount -t tmpfs tmpfs /etc/homepbp
  mount -t tmpfs tmpfs /etc/rancher
  printf '%s' '{"version": 2, "name": "n1", "role": "server", "set": "0123456789abcdef", "token": "secret",
    "agent_token": "for agents", "peer_key": "key", "node_password": null}' >/var/lib/homepbp/secrets.json
  chmod 0600 /var/lib/homepbp/secrets.json
  printf '%s' '{"version": 1, "name": "n1", "role": "server", "ip": null, "known_servers": [], "cluster": {
    "name": "home", "epoch": 1, "quorum": "majority", "founded": false, "ca_hash": null, "ignore": [],
    "known_servers": [], "k3s_config": {}, "founding_sets": [["n1"]], "servers": [{"name": "n1", "ip": null}]
  }}' >/etc/homepbp/node.json
  printf '%s' '{"version": 1, "uuid": "u-1"}' >/var/lib/homepbp/state.json
  printf '%s' '{"version": 1, "node_ip": "10.0.0.1"}' >/var/lib/homepbp/node-ip.json
  cat >/var/lib/homepbp/bin/k3s <<'END'
#!/bin/sh
[ "$1" != kubectl ] || exec echo "$@" >>/var/lib/rancher/kubectl
exec sleep 1000
END
  chmod 0755 /var/lib/homepbp/bin/k3s`;

const FORBIDDEN = [
  '/etc',
  '/etc/systemd/system',
  '/usr',
  '/usr/lib/homepbp',
  '/var/lib/homepbp',
  '/var/lib/rancher',
  '/run',
  '/run/homepbp',
  '/run/lock',
  '/run/systemd/system',
  '/dev',
  '/dev/shm',
  '/root',
  '/home',
];

/** A node whose agent waits for its disk, so that this test asks root instead of it. */
async function bootAgent(t: TestContext): Promise<Systemd | null> {
  const systemd = await bootNode(t);
  if (systemd === null) return null;
  systemd.sh(NODE);
  placeUnit(systemd, ROOT);
  placeUnit(systemd, AGENT);
  placeUnit(systemd, 'k3s.service', 'Type=exec', 'ExecStartPre=');
  systemd.sh(`systemctl start ${AGENT}`);
  return systemd;
}

/** Runs a command as the agent: its user, its rights and its view of the files. */
function asAgent(systemd: Systemd, command: string): { ok: boolean; text: string } {
  const enter = `
    agent=$(systemctl show -P MainPID ${AGENT})
    user=$(stat -c %u /proc/$agent)
    set +e
    nsenter --target $agent --mount setpriv --reuid=$user --regid=$user --clear-groups --no-new-privs \\
      --bounding-set=-all --inh-caps=-all sh -c '${command.replaceAll("'", "'\\''")}' 2>&1
    echo "ended with $?"`;
  const text = systemd.sh(enter);
  return { ok: text.endsWith('ended with 0\n'), text };
}

/** A request to root as the agent makes it. */
function ask(systemd: Systemd, request: object): unknown {
  const program = `import socket, sys
wire = socket.socket(socket.AF_UNIX)
wire.settimeout(20)
wire.connect("/run/homepbp/root.sock")
wire.sendall(sys.argv[1].encode() + b"\\n")
print(wire.makefile().read())`;
  const { text } = asAgent(systemd, `python3 -c '${program}' '${JSON.stringify(request)}'`);
  const [line = ''] = text.split('\n');
  return line.startsWith('{') ? JSON.parse(line) : text;
}

test('the agent is hardly exposed, and is nobody', { skip, timeout: 120_000 }, async (t) => {
  const systemd = await bootAgent(t);
  if (systemd === null) return;
  const found = systemd.sh(`systemd-analyze security --no-pager ${AGENT}`);
  const [, exposure = ''] = /Overall exposure level for \S+ ([\d.]+)/.exec(found) ?? [];
  t.diagnostic(`exposure ${exposure}`);
  assert.ok(Number(exposure) > 0 && Number(exposure) <= MOST_EXPOSED, found);
  const status = systemd.sh(`cat /proc/$(systemctl show -P MainPID ${AGENT})/status`);
  assert.match(status, /^Uid:\t(6\d{4})\t\1\t\1\t\1$/m);
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
    assert.match(status, new RegExp(`^${set}:\t0+$`, 'm'));
  }
  assert.match(status, /^NoNewPrivs:\t1$/m);
  assert.match(status, /^Seccomp:\t2$/m);
});

test('it writes nowhere else, and starts nothing', { skip, timeout: 120_000 }, async (t) => {
  const systemd = await bootAgent(t);
  if (systemd === null) return;
  for (const folder of ['/run/homepbp-join', '/tmp']) {
    const { ok, text } = asAgent(systemd, `touch ${folder}/x`);
    assert.ok(ok, text);
  }
  for (const folder of FORBIDDEN) {
    const { ok, text } = asAgent(systemd, `touch ${folder}/x`);
    assert.ok(!ok && /denied|Read-only/.test(text), `${folder}: ${text}`);
  }
  for (const path of [
    '/var/lib/homepbp/secrets.json',
    '/etc/shadow',
    '/var/lib/rancher/k3s',
    '/root',
  ]) {
    const { ok, text } = asAgent(
      systemd,
      `if [ -d ${path} ]; then ls ${path}; else cat ${path}; fi`,
    );
    assert.ok(!ok && /denied/.test(text), `${path}: ${text}`);
  }
  for (const path of ['/run/dbus/system_bus_socket', '/run/systemd/private']) {
    const { ok, text } = asAgent(
      systemd,
      `python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("${path}")'`,
    );
    assert.ok(
      !ok && /PermissionError|FileNotFoundError|ConnectionRefused/.test(text),
      `${path}: ${text}`,
    );
  }
  const { ok, text } = asAgent(systemd, 'systemctl start k3s.service');
  assert.ok(!ok, text);
  assert.equal(systemd.sh('systemctl show -P ActiveState k3s').trim(), 'inactive');
});

test('root does for it what it must do, and nothing else', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const systemd = await bootAgent(t);
  if (systemd === null) return;
  const nothing = { answer: null };
  const votes = {
    ...{ version: 1, epoch: 1, promised: null, accepted: null },
    ...{ joiner_of: 0, founded: null, raised: 0 },
  };
  const member = {
    version: 1,
    ...{ epoch: 1, mode: 'founder', ca_hash: null, roster: [], server: null },
  };
  assert.deepEqual(ask(systemd, { do: 'keep-votes', votes }), nothing);
  assert.deepEqual(ask(systemd, { do: 'keep-member', member }), nothing);
  assert.deepEqual(JSON.parse(systemd.sh('cat /var/lib/homepbp/votes.json')), votes);
  assert.deepEqual(JSON.parse(systemd.sh('cat /var/lib/homepbp/member.json')), member);
  const secrets = ask(systemd, { do: 'read', path: '/var/lib/homepbp/secrets.json' });
  assert.match(JSON.stringify(secrets), /secret/);
  assert.deepEqual(ask(systemd, { do: 'look' }), {
    answer: { wal: false, tombstone: null, ca: null },
  });

  const configure = { do: 'configure', init: true, server: null, ca_hash: null, with_agents: true };
  assert.deepEqual(ask(systemd, configure), nothing);
  assert.match(
    systemd.sh('cat /etc/rancher/k3s/config.yaml'),
    /^agent-token: "for agents"\ncluster-init: true\nnode-ip: "10.0.0.1"/m,
  );
  const now = Number(systemd.sh('cut -d. -f1 /proc/uptime'));
  assert.deepEqual(ask(systemd, { do: 'start', until: now + 10 }), nothing);
  assert.ok(
    await until(() => (ask(systemd, { do: 'state' }) as { answer: string }).answer === 'active'),
  );
  assert.match(JSON.stringify(ask(systemd, { do: 'set-db-aside' })), /k3s is running/);
  assert.deepEqual(ask(systemd, { do: 'stop' }), nothing);
  assert.deepEqual(ask(systemd, { do: 'state' }), { answer: 'inactive' });
  systemd.sh('mkdir -p /var/lib/rancher/k3s/server/db/etcd/member/wal');
  assert.deepEqual(ask(systemd, { do: 'set-db-aside' }), nothing);
  assert.match(systemd.sh('ls /var/lib/rancher/k3s/server'), /^db-set-aside-\d+$/m);
  assert.deepEqual(ask(systemd, { do: 'write-status', status: { says: 'x' } }), nothing);
  assert.deepEqual(ask(systemd, { do: 'say', text: 'x' }), nothing);
  const remove = { do: 'remove-node', name: 'n2', member: 'n2-0a1b2c3d', address: null };
  assert.deepEqual(ask(systemd, remove), { answer: '' });
  const asked = systemd.sh('cat /var/lib/rancher/kubectl');
  assert.equal(asked, 'kubectl get node n2 -o json\nkubectl delete node n2 --wait=false\n');

  for (const request of [
    { do: 'start', until: now + 1000 },
    { do: 'start', until: now, unit: 'ssh.service' },
    { do: 'read', path: '/etc/shadow' },
    { do: 'keep-member', member: { ...member, mode: 'king' } },
    { do: 'configure', init: false, server: 'n2', ca_hash: null, with_agents: true },
    { do: 'remove-node', name: '--all', member: 'n2-0a', address: null },
    { do: 'sh', command: 'id' },
  ]) {
    assert.match(JSON.stringify(ask(systemd, request)), /^{"error":/, JSON.stringify(request));
  }
  const stranger = systemd.sh(
    `setpriv --reuid=12345 --regid=12345 --clear-groups python3 -c 'import socket
wire = socket.socket(socket.AF_UNIX)
wire.connect("/run/homepbp/root.sock")
wire.sendall(b"{\\"do\\": \\"look\\"}\\n")
print(wire.makefile().read(), "end")' 2>&1 || true`,
  );
  // It gets as far as the socket, and is hung up on, before its request or after it.
  assert.match(stranger, /BrokenPipeError|ConnectionResetError|^\s*end$/m);
  assert.doesNotMatch(stranger, /answer/);
});

test('so it founds a cluster, as nobody', { skip, timeout: 120_000 }, async (t) => {
  const systemd = await bootAgent(t);
  if (systemd === null) return;
  systemd.sh(`
    ip link add card0 type veth peer name card1
    ip address add 10.0.0.2/29 dev card0
    ip link set card0 up
    ip link set card1 up
    mkdir -p /run/systemd/timesync
    : >/run/systemd/timesync/synchronized
    printf '%s' '{"version": 1, "state": "mounted", "reason": ""}' >/run/homepbp/disk.json`);
  const runs = () => systemd.sh('systemctl show -P ActiveState k3s').trim() === 'active';
  assert.ok(await until(runs, 60), systemd.sh('cat /run/log'));
  const cards = systemd.sh('ip address show dev card0');
  assert.match(cards, /10\.0\.0\.1\/29/, 'its old address, which the network no longer gives');
  assert.match(systemd.sh('cat /etc/rancher/k3s/config.yaml'), /cluster-init: true/);
  assert.match(systemd.sh('cat /var/lib/homepbp/member.json'), /"mode": "founding"/);
  assert.equal(systemd.sh('stat -c %U /var/lib/homepbp/votes.json').trim(), 'root');
  assert.match(systemd.sh('/usr/lib/homepbp/bin/homepbp status'), /^n1: .*\n {2}k3s {6}starting/m);
  const order = 'import socket; socket.socket(1, 2).sendto(b"{}", "/run/homepbp-join/orders.sock")';
  systemd.sh(`python3 -c '${order}'`);
  assert.equal(systemd.sh('systemctl show -P NRestarts homepbp-join').trim(), '0');
});

test('root may write to every console', { skip, timeout: 120_000 }, async (t) => {
  const systemd = await bootAgent(t);
  if (systemd === null) return;
  const open =
    'import os, sys; os.close(os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY))';
  const consoles = `for name in console $(cut -d" " -f1 /proc/consoles); do
    if python3 -c '${open}' /dev/$name 2>/dev/null; then echo $name; fi
  done`;
  const here = systemd.sh(consoles);
  assert.notEqual(here, '', 'this computer has a console');
  const group = `/sys/fs/cgroup/system.slice/${ROOT}`;
  assert.equal(systemd.sh(`echo $$ >${group}/cgroup.procs\n${consoles}`), here);
});
