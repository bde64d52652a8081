// Commands under sudo, or in root's own shell: what they make in a user's project is that user's.
import assert from 'node:assert/strict';
import { chownSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { COMMANDS } from '../../cli/commands.ts';
import { ANNA, NODE, openTrial, REPOSITORY, skip, type Trial } from './privileges.trial.ts';

const timeout = 240_000;
const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';

/** Answers as a server whose k3s runs. */
const SSH = `#!/bin/sh
cat <<'EOF'
apiVersion: v1
clusters: [{ cluster: { certificate-authority-data: Q0E=, server: "https://127.0.0.1:6443" }, name: default }]
contexts: [{ context: { cluster: default, user: default }, name: default }]
current-context: default
kind: Config
users: [{ name: default, user: { client-certificate-data: Q0VSVA==, client-key-data: S0VZ } }]
EOF
`;

const FOUNDED = { version: 1, epoch: 1, node: 'first', at: '2026-11-29T10:00:00.000Z' };

/** Each command that works in a project, in an order in which each finds what it needs. */
const RUNS: readonly (readonly [args: readonly string[], status: number])[] = [
  [['init', '--node', `first=${NODE}=192.168.1.101/24`, '--gateway', '192.168.1.1'], 0],
  [['add', 'second', '--mac', '52-54-00-12-34-02', '--ip', '192.168.1.102/24'], 0],
  // There is no network: it gets as far as the first request.
  [['fetch'], 1],
  [['fetch', '--check'], 1],
  [['build'], 0],
  [['explain', 'first'], 0],
  [['diff'], 0],
  [['status'], 0],
  [['enroll', '--all'], 0],
  [['kubeconfig', '--ssh', './ssh', '--node', 'first'], 0],
  [['rotate'], 0],
  [['usb', 'stick.img'], 0],
  [['export', 'nas', '--url', 'http://nas.lan/boot'], 0],
  [['export', 'nas', '--dry-run', '--url', 'http://nas.lan/boot'], 0],
];

/** Commands whose user is checked elsewhere, or that work on HomePBP itself or write nothing. */
const OTHERS = ['serve', 'start', 'dev', 'doctor', 'completion', 'demo'];

test('every command that works in a project is tried', () => {
  const users = Object.entries(COMMANDS).filter(([, { isForDevelopers }]) => !isForDevelopers);
  const tried = RUNS.map(([[name = '']]) => name);
  const names = users.map(([name]) => name).filter((name) => !OTHERS.includes(name));
  assert.deepEqual(new Set(names), new Set(tried));
});

/** Files of the project, and of the home, that are not anna's. */
function notAnnas({ project, home }: Trial): string[] {
  return [project, home].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((path) => join(folder, path))
      .filter((path) => statSync(path, { throwIfNoEntry: false })?.uid !== ANNA.uid),
  );
}

async function runAll(t: TestContext, env: NodeJS.ProcessEnv) {
  const trial = openTrial(t);
  trial.write('ssh', SSH, 0o755);
  trial.write('media/ipxe/ipxe.pxe', 'for BIOS');
  trial.write('media/ipxe/ipxe.efi', 'MZ\0iPXE\x002.0.0\0');
  trial.write('state/founded.json', JSON.stringify(FOUNDED));
  trial.write('../home/.ssh/id_ed25519.pub', KEY, 0o600);
  for (const [args, status] of RUNS) {
    const command = trial.start([trial.homepbp, ...args], env);
    const { said } = command;
    assert.equal(await command.exit, status, `${args.join(' ')}: ${said.out}${said.err}`);
    assert.doesNotMatch(said.err, /EACCES|\n {4}at /);
    assert.deepEqual(notAnnas(trial), [], args.join(' '));
  }
  // It found the keys of anna's home, not of root's.
  const seed = readFileSync(join(trial.project, `dist/nodes/${NODE}/user-data`), 'utf8');
  assert.match(seed, /anna@laptop/);
}

test("under sudo, what commands make is the user's", { skip, timeout }, (t) =>
  runAll(t, { SUDO_UID: String(ANNA.uid), SUDO_GID: String(ANNA.gid), SUDO_USER: 'anna' }),
);

test("in root's own shell it is the owner's of the project", { skip, timeout }, (t) =>
  runAll(t, {}),
);

test("dev is the owner too, and says so if it may not write HomePBP's own cache", {
  skip,
  timeout,
}, async (t) => {
  const trial = openTrial(t);
  trial.write('nodes.yaml', `ssh: { keys: ["${KEY}"] }\nnodes:\n  - { name: a, mac: ${NODE} }\n`);
  // Here HomePBP itself is root's.
  mkdirSync(join(REPOSITORY, '.cache/vite'), { recursive: true });
  const dev = trial.start([trial.homepbp, 'dev', '--port', '0']);
  assert.equal(await dev.exit, 1);
  assert.match(
    dev.said.err,
    /^dev: .*vite.* cannot be written\n {2}hint: remove it, or make it yours/,
  );
  assert.deepEqual(notAnnas(trial), []);
});

test("an owner without a name is enough, and root's own project stays root's", {
  skip,
  timeout,
}, async (t) => {
  for (const owner of [41_999, 0]) {
    const trial = openTrial(t);
    trial.write('nodes.yaml', `ssh: { keys: ["${KEY}"] }\nnodes:\n  - { name: a, mac: ${NODE} }\n`);
    for (const path of ['.', 'nodes.yaml']) chownSync(join(trial.project, path), owner, owner);
    const build = trial.start([trial.homepbp, 'build']);
    assert.equal(await build.exit, 0, build.said.err);
    assert.equal(statSync(join(trial.project, 'dist/manifest.json')).uid, owner);
  }
});

test('a root that may not be others says what to do', { skip, timeout }, async (t) => {
  const trial = openTrial(t);
  trial.write('nodes.yaml', 'nodes: []\n');
  const poor = ['setpriv', '--bounding-set', '-setuid'];
  const build = trial.start([...poor, trial.homepbp, 'build']);
  assert.equal(await build.exit, 1);
  assert.match(build.said.err, /^build: .* belongs to user 41001, .*\n {2}hint: run it as /);
});
