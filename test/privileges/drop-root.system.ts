// Root is for binding only: what `serve` and `start` are, read and make when they run as root.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { chownSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Issued } from '../../contract/issued.ts';
import {
  ANNA,
  INVENTORY,
  NODE,
  openTrial,
  type Started,
  skip,
  type Trial,
} from './privileges.trial.ts';

const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const NODES = `nodes:\n  - { name: first, mac: ${NODE} }\n`;
const LOOPBACK = ['--host', '127.0.0.1'];
const BY_SUDO = { SUDO_UID: String(ANNA.uid), SUDO_GID: '0', SUDO_USER: 'anna' };
/** CAP_NET_BIND_SERVICE. */
const BIND_PORTS = 0x400;
const timeout = 60_000;

/** The lines of /proc/PID/status that say who a process is. */
function identity({ child }: Started) {
  const text = readFileSync(`/proc/${serverOf(child.pid ?? 0)}/status`, 'utf8');
  const field = (name: string) =>
    (new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1] ?? '').trim().split(/\s+/);
  return {
    uids: new Set(field('Uid').map(Number)),
    gids: new Set(field('Gid').map(Number)),
    groups: field('Groups').filter(Boolean).map(Number).toSorted(),
    capabilities: ['CapPrm', 'CapEff', 'CapInh', 'CapAmb'].map((name) =>
      Number(`0x${field(name)}`),
    ),
  };
}

/** The permitted capabilities of each thread: all those of Linux are per thread. */
function rightsOfThreads({ child }: Started): number[] {
  const pid = serverOf(child.pid ?? 0);
  const threads = readdirSync(`/proc/${pid}/task`);
  assert.ok(threads.length > 1);
  return threads.map((thread) => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    return Number(`0x${/^CapPrm:\t(.*)$/m.exec(text)?.[1]}`);
  });
}

/** The launcher may have re-executed a newer Node.js: the process that serves is its child. */
function serverOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? pid : Number(children.split(' ')[0]);
}

/** Processes of a command that could act as root. */
function roots(trial: Trial, server: Started) {
  const all = trial.processes(server);
  assert.ok(all.length > 0);
  return all.filter(({ uids }) => uids.includes(0));
}

const ANNAS = {
  uids: new Set([ANNA.uid]),
  gids: new Set([ANNA.gid]),
  groups: [ANNA.gid, ...ANNA.groups],
  // To bind ports at addresses that come later; not passed on to other programs.
  capabilities: [BIND_PORTS, BIND_PORTS, 0, 0],
};

function makeDist({ write }: Trial) {
  write('dist/manifest.json', '{}');
  write('dist/inventory.json', JSON.stringify({ ...INVENTORY, httpPort: 80 }), 0o600);
  write('dist/tftp/boot.ipxe', '#!ipxe\n', 0o600);
  write(`dist/nodes/${NODE}/user-data`, "anna's secret", 0o600);
  write('dist/rootly', "root's secret", 0o600, 0);
  write('secrets/issued/secrets.json', JSON.stringify(ISSUED), 0o600);
  write('state/enrolment.json', JSON.stringify({ version: 1, project: ISSUED.project }));
}

const ISSUED: Issued = {
  ...{ version: 1, project: 'p', passwordKey: 'k' },
  sets: [{ id: '0123456789abcdef', token: 't', agentToken: 'a', peerKey: 'k' }],
};

/** The body of POST /api/enroll. */
function enrolment(): string {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const key = publicKey.export({ type: 'spki', format: 'pem' });
  return JSON.stringify({ version: 1, mac: NODE, state: 'a', key, nonce: '0'.repeat(32) });
}

function filesOf({ project }: Trial): string[] {
  return readdirSync(project, { recursive: true, encoding: 'utf8' });
}

/** Files of the project that belong to somebody else. */
function notAnnas(trial: Trial): string[] {
  return filesOf(trial).filter((path) => statSync(join(trial.project, path)).uid !== ANNA.uid);
}

function get(trial: Trial, server: Started, path: string): string {
  return trial.beside(server, ['curl', '-s', `http://127.0.0.1/${path}`]);
}

test('serve under sudo: binds 80, 69 and 67, and is its caller before it reads', {
  skip,
  timeout,
}, async (t) => {
  const trial = openTrial(t);
  makeDist(trial);
  const flags = [...LOOPBACK, '--guard', 'off', '--proxy-dhcp'];
  const server = trial.start([trial.homepbp, 'serve', ...flags], BY_SUDO);
  // The port is from a file that is anna's own, 0600.
  await server.prints(/^ready http=127\.0\.0\.1:80 tftp=127\.0\.0\.1:69\n/m);
  assert.deepEqual(identity(server), ANNAS);
  for (const rights of rightsOfThreads(server)) assert.ok([0, BIND_PORTS].includes(rights));
  assert.deepEqual(roots(trial, server), []);
  assert.match(server.said.err, /shim dropped root user=anna/);
  assert.doesNotMatch(server.said.err, /privilege/);
  const udp = trial.beside(server, ['ss', '-Hlun']);
  assert.match(udp, /:67\s[\s\S]*:4011\s|:4011\s[\s\S]*:67\s/);
  assert.equal(get(trial, server, `nodes/${NODE}/user-data`), "anna's secret");
  assert.match(get(trial, server, 'rootly'), /permission denied/);
  const tftp = trial.beside(server, ['curl', '-s', 'tftp://127.0.0.1/boot.ipxe']);
  assert.equal(tftp, '#!ipxe\n');
  const checkin = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--json'];
  const message = `{"mac":"${NODE}","stage":"root","message":"","error":false}`;
  trial.beside(server, ['curl', ...checkin, message, 'http://127.0.0.1/api/checkin']);
  const enroll = ['curl', '-s', '--json', enrolment(), 'http://127.0.0.1/api/enroll'];
  assert.match(trial.beside(server, enroll), /^\{"version":1,"sealed":/);
  server.child.kill('SIGTERM');
  assert.equal(await server.exit, 0);
  assert.doesNotMatch(server.said.err, /no node can enrol|nodes that are not enrolled/);
  assert.ok(filesOf(trial).includes('state/published.json'));
  assert.ok(filesOf(trial).some((path) => /^state\/enrolled\/.+\.json$/.test(path)));
  assert.deepEqual(notAnnas(trial), ['dist/rootly']);
});

test("serve as root's own shell has it: is the owner of dist/, also where root called sudo", {
  skip,
  timeout,
}, async (t) => {
  for (const env of [{}, { SUDO_UID: '0' }]) {
    const trial = openTrial(t);
    makeDist(trial);
    const server = trial.start([trial.homepbp, 'serve', ...LOOPBACK], env);
    await server.prints(/^ready http=127\.0\.0\.1:80 tftp=127\.0\.0\.1:69\n/m);
    assert.deepEqual(identity(server), ANNAS);
  }
});

test('--user outranks sudo and owner, by name and by number', { skip, timeout }, async (t) => {
  for (const user of [ANNA.name, String(ANNA.uid)]) {
    const trial = openTrial(t);
    makeDist(trial);
    chownSync(join(trial.project, 'dist'), 0, 0);
    const flags = [...LOOPBACK, '--user', user];
    const server = trial.start([trial.homepbp, 'serve', ...flags], { SUDO_UID: '1' });
    await server.prints(/^ready/m);
    assert.deepEqual(identity(server), ANNAS);
  }
});

test("root's own files are served as root, which is said", { skip, timeout }, async (t) => {
  const trial = openTrial(t);
  trial.write('dist/manifest.json', '{}');
  chownSync(join(trial.project, 'dist'), 0, 0);
  const server = trial.start([trial.homepbp, 'serve', ...LOOPBACK, '--http-port', '0']);
  await server.prints(/^ready http=127\.0\.0\.1:\d+ tftp=127\.0\.0\.1:69\n/m);
  assert.deepEqual(identity(server).uids, new Set([0]));
  server.child.kill('SIGTERM');
  assert.equal(await server.exit, 0);
  assert.match(server.said.err, /shim runs as root hint=".*--user"/);
});

test('users that there are not, and a folder that the user may not enter', {
  skip,
  timeout,
}, async (t) => {
  const trial = openTrial(t);
  makeDist(trial);
  for (const [flags, env, says] of [
    [['--user', 'bert'], {}, /^serve: user bert does not exist on this computer[\s\S]*--user/],
    [[], { SUDO_UID: '41999' }, /^serve: user 41999 does not exist /],
    [['--dist', 'locked'], BY_SUDO, /locked: user 41001 has no permission to read this folder/],
  ] as const) {
    trial.write('locked/manifest.json', '{}');
    const locked = join(trial.project, 'locked');
    chownSync(locked, 0, 0);
    const shut = trial.start(
      [
        'sh',
        '-c',
        `chmod 700 locked; exec "$@"`,
        'sh',
        trial.homepbp,
        'serve',
        ...LOOPBACK,
        ...flags,
      ],
      env,
    );
    assert.equal(await shut.exit, 1, shut.said.out);
    assert.match(shut.said.err.replace(/^.*dropped root.*\n/m, ''), says);
    assert.doesNotMatch(shut.said.err, /\n {4}at /);
  }
});

test("start under sudo: reads as its caller, whose home has the keys, and makes that one's files", {
  skip,
  timeout,
}, async (t) => {
  const trial = openTrial(t);
  trial.write('nodes.yaml', `genesis: { http_port: 80 }\n${NODES}`, 0o600);
  trial.write('../home/.ssh/id_ed25519.pub', KEY, 0o600);
  const server = trial.start([trial.homepbp, 'start', ...LOOPBACK], BY_SUDO);
  await server.prints(/^ready http=127\.0\.0\.1:80 tftp=127\.0\.0\.1:69\n/m);
  assert.deepEqual(identity(server), ANNAS);
  assert.deepEqual(roots(trial, server), []);
  const seed = readFileSync(join(trial.project, `dist/nodes/${NODE}/user-data`), 'utf8');
  assert.match(seed, /anna@laptop/);
  const made = filesOf(trial);
  assert.ok(
    made.some((path) => path.startsWith('secrets/')),
    made.join(),
  );
  assert.deepEqual(notAnnas(trial), []);
  assert.equal(get(trial, server, 'boot.ipxe').slice(0, 6), '#!ipxe');
});

test("start under sudo: a nodes.yaml, and keys, that are root's are not read", {
  skip,
  timeout,
}, async (t) => {
  const trial = openTrial(t);
  trial.write('nodes.yaml', NODES, 0o600, 0);
  const start = () => trial.start([trial.homepbp, 'start', ...LOOPBACK], BY_SUDO);
  const first = start();
  assert.equal(await first.exit, 1);
  assert.match(first.said.err, /nodes\.yaml.*(permission|cannot be read|EACCES)/);
  trial.write('root.pub', KEY, 0o600, 0);
  chownSync(join(trial.project, 'nodes.yaml'), ANNA.uid, ANNA.gid);
  trial.write('nodes.yaml', `ssh: { keys: [root.pub] }\n${NODES}`, 0o600);
  const second = start();
  assert.equal(await second.exit, 1);
  assert.match(second.said.err, /root\.pub.*cannot be read/);
  assert.ok(!readdirSync(trial.project).includes('dist'));
});

test('who has dropped root cannot be root again', { skip, timeout }, async (t) => {
  const trial = openTrial(t);
  const become = join(trial.homepbp, '../cli/become.ts');
  const script = `const { becomeUser, lookUpUser } = await import('${become}');
    const { homedir } = await import('node:os');
    becomeUser(lookUpUser('anna'));
    const ways = ['setuid', 'seteuid', 'setgid', 'setegid'].map((name) => () => process[name](0));
    ways.push(() => process.setgroups([0]), () => process.initgroups('root', 0));
    const open = ways.filter((way) => { try { way(); return true } catch { return false } });
    console.log('open', open.length, process.getuid(), process.getegid(), homedir());
    console.log(process.getgroups().toSorted().join());`;
  const tried = trial.start([process.execPath, '--input-type=module', '-e', script]);
  assert.equal(await tried.exit, 0, tried.said.err);
  const groups = [ANNA.gid, ...ANNA.groups].join();
  assert.equal(tried.said.out, `open 0 ${ANNA.uid} ${ANNA.gid} ${trial.home}\n${groups}\n`);
});

test('as a user for a moment: root only files stay closed, and root is back after it', {
  skip,
  timeout,
}, async (t) => {
  const trial = openTrial(t);
  trial.write('rootly', 'r', 0o600, 0);
  const become = join(trial.homepbp, '../cli/become.ts');
  const script = `const { asUser, lookUpUser } = await import('${become}');
    const { readFileSync } = await import('node:fs');
    const look = () => { try { return readFileSync('rootly', 'utf8') } catch ({ code }) { return code } };
    console.log(asUser(lookUpUser('anna'), look), look(), lookUpUser('bert'), process.getegid());`;
  const tried = trial.start([process.execPath, '--input-type=module', '-e', script]);
  assert.equal(await tried.exit, 0, tried.said.err);
  assert.equal(tried.said.out, 'EACCES r null 0\n');
});

const pinned = readdirSync(join(import.meta.dirname, '../../node_modules')).some((name) =>
  name.startsWith('node-'),
);

/** Old in what the launcher looks at: whether it runs TypeScript. */
function withOldNode(trial: Trial): NodeJS.ProcessEnv {
  const old = `#!/bin/sh\nexec ${process.execPath} --no-experimental-strip-types "$@"\n`;
  trial.write('bin/node', old, 0o755, 0);
  return { PATH: `${trial.project}/bin:/usr/sbin:/usr/bin:/sbin:/bin` };
}

/** An old Node.js hands over to the pinned one. Signals go to the launcher, which passes them on. */
const OLD_NODE = { skip: skip || !pinned, timeout };

for (const [caller, env, launcher] of [
  ['sudo', BY_SUDO, ANNA.uid],
  ["root's own shell", {}, 65_534],
] as const) {
  test(
    `an old Node.js, by ${caller}: the launcher does not stay root either`,
    OLD_NODE,
    async (t) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) {
        const trial = openTrial(t);
        makeDist(trial);
        const words = [trial.homepbp, 'serve', ...LOOPBACK];
        const server = trial.start(words, { ...env, ...withOldNode(trial) });
        await server.prints(/^ready http=127\.0\.0\.1:80 tftp=127\.0\.0\.1:69\n/m);
        const pid = server.child.pid ?? 0;
        assert.notEqual(serverOf(pid), pid);
        assert.deepEqual(identity(server), ANNAS);
        assert.deepEqual(roots(trial, server), []);
        const { uids } = trial.processes(server).find((one) => one.pid === pid) ?? {};
        assert.deepEqual(new Set(uids), new Set([launcher]));
        const capabilities = readFileSync(`/proc/${pid}/status`, 'utf8');
        assert.match(capabilities, /^CapPrm:\t0+\nCapEff:\t0+$/m);
        server.child.kill(signal);
        assert.equal(await server.exit, 0);
      }
    },
  );
}

test('an old Node.js: a server that stays root still gets the signals', OLD_NODE, async (t) => {
  const trial = openTrial(t);
  trial.write('dist/manifest.json', '{}');
  chownSync(join(trial.project, 'dist'), 0, 0);
  const server = trial.start([trial.homepbp, 'serve', ...LOOPBACK], withOldNode(trial));
  await server.prints(/^ready/m);
  const pid = server.child.pid ?? 0;
  assert.deepEqual(
    roots(trial, server).map((one) => one.pid),
    [serverOf(pid)],
  );
  server.child.kill('SIGTERM');
  assert.equal(await server.exit, 0);
});

test(
  'an old Node.js, without root: the launcher and the server are that user',
  OLD_NODE,
  async (t) => {
    const trial = openTrial(t);
    makeDist(trial);
    const asAnna = ['setpriv', '--reuid', 'anna', '--regid', 'anna', '--init-groups'];
    const ports = ['--http-port', '0', '--tftp-port', '0'];
    const words = [...asAnna, trial.homepbp, 'serve', ...LOOPBACK, ...ports];
    const server = trial.start(words, withOldNode(trial));
    await server.prints(/^ready/m);
    assert.equal(trial.processes(server).length, 2);
    assert.deepEqual(roots(trial, server), []);
    server.child.kill('SIGTERM');
    assert.equal(await server.exit, 0);
  },
);

test(
  'an old Node.js: a root that may become nobody else is no fault of the launcher',
  OLD_NODE,
  async (t) => {
    const trial = openTrial(t);
    const poor = ['setpriv', '--bounding-set', '-setuid,-setgid'];
    const help = trial.start([...poor, trial.homepbp, 'help'], withOldNode(trial));
    assert.equal(await help.exit, 0, help.said.err);
    assert.match(help.said.out, /usage:/);
  },
);
