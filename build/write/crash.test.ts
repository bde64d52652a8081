// What is left of dist/ when a build is killed or the disk is full.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const LAUNCHER = join(import.meta.dirname, '../../homepbp.mjs');
const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const NODES = 100;

/** An inventory of many nodes, each of whose files differs from those of the other generation. */
function inventory(generation: string): string {
  const nodes = Array.from({ length: NODES }, (_, at) => {
    const hex = at.toString(16).padStart(4, '0');
    return `  - { name: ${generation}-${at}, mac: 52540000${hex}, role: agent, timezone: ${generation} }`;
  });
  return `ssh: { keys: ["${KEY}"] }\nnodes:\n${nodes.join('\n')}\n`;
}

function project(t: TestContext, prefix = tmpdir()) {
  const folder = mkdtempSync(join(prefix, 'homepbp-crash-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const args = (out: string) => [
    LAUNCHER,
    'build',
    '--inventory',
    join(folder, 'nodes.yaml'),
    '--media',
    join(folder, 'media'),
    '--out',
    out,
  ];
  const use = (generation: string) =>
    writeFileSync(join(folder, 'nodes.yaml'), inventory(generation));
  const build = (out: string) => spawnSync(process.execPath, args(out), { encoding: 'utf8' });
  return { folder, args, use, build };
}

/** Path → content of every file but what is only there during or beside a build. */
function contents(root: string): Map<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== '.build.json')
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !path.startsWith('.staging'));
  return new Map(files.sort().map((path) => [path, readFileSync(join(root, path), 'latin1')]));
}

/** mulberry32: the kills of a failing run come again with the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Starts a build and kills it some time after it began to stage; true when it was still at work. */
function killedBuild(args: readonly string[], out: string, delay: number): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    const watcher = watch(out, (_, name) => {
      if (name !== '.staging') return;
      watcher.close();
      setTimeout(() => child.kill('SIGKILL'), delay);
    });
    child.on('exit', (_, signal) => {
      watcher.close();
      resolve(signal === 'SIGKILL');
    });
  });
}

test('a build that is killed leaves each file old or new, and the next one repairs the rest', async (t) => {
  const { folder, args, use, build } = project(t);
  const trees = new Map<string, Map<string, string>>();
  for (const generation of ['old', 'new']) {
    use(generation);
    assert.equal(build(join(folder, generation)).status, 0);
    trees.set(generation, contents(join(folder, generation)));
  }
  const out = join(folder, 'dist');
  const next = random(20261124);
  let killed = 0;
  let current = 'old';
  use(current);
  assert.equal(build(out).status, 0);
  for (let round = 0; round < 10; round += 1) {
    const before = trees.get(current);
    current = current === 'old' ? 'new' : 'old';
    const after = trees.get(current);
    assert.ok(before !== undefined && after !== undefined);
    use(current);
    if (await killedBuild(args(out), out, next() * 60)) killed += 1;
    const left = contents(out);
    for (const [path, text] of left) {
      assert.ok(
        text === before.get(path) || text === after.get(path),
        `${path} is neither old nor new`,
      );
    }
    for (const path of before.keys())
      if (after.has(path)) assert.ok(left.has(path), `${path} is gone`);
    const repair = build(out);
    assert.equal(repair.status, 0, repair.stderr);
    assert.deepEqual(contents(out), after);
    assert.ok(!existsSync(join(out, '.staging')));
  }
  t.diagnostic(`${killed} of 10 builds were killed while they wrote`);
  assert.ok(killed >= 3, `only ${killed} builds were killed in time`);
});

test('a full disk leaves the old tree untouched', (t) => {
  const mount = mkdtempSync(join(tmpdir(), 'homepbp-full-'));
  t.after(() => rmSync(mount, { recursive: true, force: true }));
  const { folder, use, args } = project(t);
  // A file system of 16 MB in a mount namespace of its own; without the right to one, with a user's.
  const script = `mount -t tmpfs -o size=16m tmpfs "$1" && shift && exec "$@"`;
  const inMount = (command: readonly string[]) =>
    spawnSync(
      'unshare',
      ['--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', mount, ...command],
      { encoding: 'utf8' },
    );
  const probe = inMount(['true']);
  if (probe.status !== 0) {
    assert.notEqual(
      process.env.HOMEPBP_REQUIRE_TOOLS,
      '1',
      `unshare: ${probe.error ?? probe.stderr}`,
    );
    return t.skip('no mount namespaces here');
  }
  use('old');
  writeFileSync(join(folder, 'new.yaml'), inventory('new'));
  const out = join(mount, 'dist');
  const command = args(out)
    .map((word) => `'${word}'`)
    .join(' ');
  const steps = [
    `'${process.execPath}' ${command} >/dev/null && cp -r '${out}' '${folder}/before'`,
    // Fills the file system to the last block.
    `dd if=/dev/zero of='${mount}/filler' bs=4k 2>/dev/null; cp '${folder}/new.yaml' '${folder}/nodes.yaml'`,
    `'${process.execPath}' ${command}; echo "status $?"; cp -r '${out}' '${folder}/after'`,
  ];
  mkdirSync(join(folder, 'media'), { recursive: true });
  const { stdout, stderr } = inMount(['sh', '-c', steps.join('\n')]);
  assert.match(stdout, /^status 1$/m, stderr);
  assert.match(stderr, /dist cannot be written: the disk is full/);
  assert.deepEqual(contents(join(folder, 'after')), contents(join(folder, 'before')));
});
