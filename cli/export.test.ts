// `export` as users run it: what it refuses, what --url makes of the tree, and kills in the middle.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
import { exportTree } from '../build/export/export.ts';
import { buildProject } from '../build/project.ts';
import { runHomepbp } from './run-homepbp.trial.ts';

const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const MAC = '52-54-00-12-00-01';

function inventory(genesis: string, nodes = 1): string {
  const entries = Array.from({ length: nodes }, (_, at) => {
    const hex = (at + 1).toString(16).padStart(4, '0');
    return `  - { name: n${at}, mac: 52540012${hex} }\n`;
  });
  return `${genesis}ssh: { keys: ["${KEY}"] }\nnodes:\n${entries.join('')}`;
}

function openProject(t: TestContext, text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-export-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);
  writeFileSync(path('nodes.yaml'), text);
  const run = (...args: string[]) => runHomepbp(args, { cwd: folder, home: folder });
  return { folder, path, run };
}

/** Path → content of every file but what is no part of the tree. */
function contents(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
  return Object.fromEntries(files.map((path) => [path, readFileSync(join(root, path), 'latin1')]));
}

test('genesis.ip: auto is refused: the scripts would point nowhere', async (t) => {
  const { path, run } = openProject(t, inventory(''));
  assert.equal((await run('build')).status, 0);
  const { status, stderr } = await run('export', 'nas');
  assert.equal(status, 1);
  assert.match(stderr, /genesis\.ip: auto in nodes\.yaml\)\n {2}hint: .*--url http:\/\/HOST/);
  assert.ok(!existsSync(path('nas')));
});

test('--url: a tree for that server; dist/ stays; the set of servers counts as published', async (t) => {
  const { path, run } = openProject(t, inventory(''));
  assert.equal((await run('build')).status, 0);
  const before = contents(path('dist'));
  const first = await run('export', 'nas', '--url', 'http://nas.lan/boot/');
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stderr, /nodes\/\*\/user-data contain the cluster's token/);
  assert.match(first.stdout, /^nas: \d+ files written \(.*\), 0 unchanged, 0 removed$/m);
  assert.deepEqual(contents(path('dist')), before);
  const exported = contents(path('nas'));
  assert.deepEqual(Object.keys(exported), Object.keys(before));
  assert.match(exported['tftp/boot.ipxe'] ?? '', /^set base http:\/\/nas\.lan\/boot$/m);
  const token = readFileSync(path('secrets/token'), 'utf8').trim();
  assert.ok(exported[`nodes/${MAC}/user-data`]?.includes(token), 'the same secrets');
  assert.deepEqual(JSON.parse(readFileSync(path('cluster.lock.json'), 'utf8')).epochs, {
    1: [['n0']],
  });

  const again = await run('export', 'nas', '--url', 'http://nas.lan/boot/');
  assert.match(again.stdout, /^nas: 0 files written \(0 B\), \d+ unchanged, 0 removed$/m);
  assert.equal(again.stderr.includes('token'), false, 'it is said once');
});

test('a dry run leaves no trace', async (t) => {
  const { folder, run } = openProject(t, inventory(''));
  const { status, stdout } = await run('export', 'nas', '--url', 'http://nas.lan', '--dry-run');
  assert.equal(status, 0);
  assert.match(stdout, /^would write boot\.ipxe$/m);
  assert.match(stdout, /^nas: \d+ files to write /m);
  assert.deepEqual(readdirSync(folder), ['nodes.yaml']);
});

test('with a fixed address dist/ itself is copied, and its servers count as published', async (t) => {
  const { path, run } = openProject(t, inventory('genesis: { ip: 192.168.1.2 }\n'));
  assert.equal((await run('build')).status, 0);
  // What the shim saw in the meantime stays.
  const seen = { epoch: 1, servers: ['n0', 'n1'] };
  mkdirSync(path('state'));
  writeFileSync(path('state/published.json'), JSON.stringify({ version: 1, sets: [seen] }));
  assert.equal((await run('export', 'nas')).status, 0);
  assert.deepEqual(contents(path('nas')), contents(path('dist')));
  const published = JSON.parse(readFileSync(path('state/published.json'), 'utf8'));
  assert.deepEqual(published, { version: 1, sets: [seen, { epoch: 1, servers: ['n0'] }] });
  rmSync(path('state'), { recursive: true });
  assert.equal((await run('export', 'nas')).status, 0);
  assert.equal((await run('build')).status, 0);
  assert.deepEqual(JSON.parse(readFileSync(path('cluster.lock.json'), 'utf8')).epochs, {
    1: [['n0']],
  });
});

test('arguments: a folder, and a URL that machines can use', async (t) => {
  const { run } = openProject(t, inventory(''));
  assert.match((await run('export')).stderr, /export: DIR is missing/);
  assert.match((await run('export', 'a', 'b')).stderr, /unexpected argument 'b'/);
  for (const url of ['nas.lan', 'https://nas.lan'])
    assert.match(
      (await run('export', 'nas', '--url', url)).stderr,
      /--url takes http:\/\/HOST/,
      url,
    );
});

test('a killed export leaves each file old or new, and the next one finishes', async (t) => {
  const text = (generation: string) =>
    inventory('genesis: { ip: 192.168.1.2 }\n', 20).replaceAll('name: n', `name: ${generation}`);
  const { path } = openProject(t, text('old'));
  const build = () =>
    buildProject({
      inventory: path('nodes.yaml'),
      out: path('dist'),
      media: path('media'),
      link: 'symlink',
      neverBooted: true,
    });
  const args = [join(import.meta.dirname, '../homepbp.mjs'), 'export', path('nas')];
  const where = ['--out', path('dist'), '--inventory', path('nodes.yaml')];
  mkdirSync(path('nas'));
  let before: Record<string, string> = {};
  let killed = 0;
  for (const [round, generation] of ['a', 'b', 'c'].entries()) {
    writeFileSync(path('nodes.yaml'), text(generation));
    await build();
    const after = contents(path('dist'));
    const child = spawn(process.execPath, [...args, ...where], { stdio: 'ignore' });
    // Each round gets further: events come with every file that is made and renamed.
    let events = 0;
    const watcher = watch(path('nas'), () => {
      events += 1;
      if (events === 5 + round * 20) child.kill('SIGKILL');
    });
    const [, signal] = await once(child, 'exit');
    watcher.close();
    if (signal === 'SIGKILL') killed += 1;
    for (const [name, content] of Object.entries(contents(path('nas'))))
      assert.ok(content === before[name] || content === after[name], `${name} is neither`);
    await exportTree(path('dist'), path('nas'));
    assert.deepEqual(contents(path('nas')), after);
    assert.deepEqual(
      readdirSync(path('nas')).filter((name) => name.endsWith('.part')),
      [],
    );
    before = after;
    rmSync(path('state'), { recursive: true, force: true });
  }
  assert.ok(killed >= 2, `only ${killed} of 3 exports were killed in time`);
});
