// For tests: builds that are killed, and what is left of dist/.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { buildProject } from '../project.ts';

const LAUNCHER = join(import.meta.dirname, '../../homepbp.mjs');
const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';

/** An inventory of many nodes, each of whose files differs from those of the other generation. */
export function inventory(generation: string, count: number): string {
  const nodes = Array.from({ length: count }, (_, at) => {
    const hex = at.toString(16).padStart(4, '0');
    return `  - { name: ${generation}-${at}, mac: 52540000${hex}, role: agent, locale: ${generation} }`;
  });
  return `ssh: { keys: ["${KEY}"] }\ncluster: { founded: true }\nnodes:\n${nodes.join('\n')}\n`;
}

export function project(t: TestContext, nodes: number) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-crash-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [path, media] = [join(folder, 'nodes.yaml'), join(folder, 'media')];
  const words = [LAUNCHER, 'build', '--inventory', path, '--media', media];
  const args = (out: string) => [...words, '--out', out];
  const use = (generation: string) => writeFileSync(path, inventory(generation, nodes));
  const build = (out: string) =>
    buildProject({ inventory: path, media, out, link: 'symlink', neverBooted: false });
  return { folder, args, use, build };
}

/** Path → content of every file but what is only there during or beside a build. */
export function contents(root: string): Map<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== '.build.json')
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !path.startsWith('.staging'));
  return new Map(files.sort().map((path) => [path, readFileSync(join(root, path), 'latin1')]));
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

/**
 * Kills a build after each delay, in milliseconds since it began to stage.
 * @throws unless each file is old or new then, and the next build repairs the rest
 */
export async function killBuilds(
  t: TestContext,
  nodes: number,
  delays: readonly number[],
): Promise<void> {
  const { folder, args, use, build } = project(t, nodes);
  const trees = new Map<string, Map<string, string>>();
  for (const generation of ['old', 'new']) {
    use(generation);
    await build(join(folder, generation));
    trees.set(generation, contents(join(folder, generation)));
  }
  const out = join(folder, 'dist');
  let killed = 0;
  let current = 'old';
  use(current);
  await build(out);
  for (const delay of delays) {
    const before = trees.get(current);
    current = current === 'old' ? 'new' : 'old';
    const after = trees.get(current);
    assert.ok(before !== undefined && after !== undefined);
    use(current);
    if (await killedBuild(args(out), out, delay)) killed += 1;
    const left = contents(out);
    for (const [path, text] of left) {
      assert.ok(
        text === before.get(path) || text === after.get(path),
        `${path} is neither old nor new`,
      );
    }
    for (const path of before.keys())
      if (after.has(path)) assert.ok(left.has(path), `${path} is gone`);
    await build(out);
    assert.deepEqual(contents(out), after);
    assert.ok(!existsSync(join(out, '.staging')));
  }
  t.diagnostic(`${killed} of ${delays.length} builds were killed while they wrote`);
  assert.ok(killed >= delays.length / 4, `only ${killed} builds were killed in time`);
}
