// Diffs of real folders: they say what the next build then does, and never a secret.
import assert from 'node:assert/strict';
import { lstatSync, readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { TRIAL_INITRD, TRIAL_ROOT, trialKernel } from '../../formats/boot-files.trial.ts';
import { BUSYBOX_FOLDERS } from '../fixtures/busybox.ts';
import { buildProject, generateProject } from '../project.ts';
import { diffTrees, type TreeDiff } from './diff.ts';
import { newTree, oldTree } from './sides.ts';
import { diffText } from './text.ts';

const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const CUSTOM = 'os: { custom: { kernel: k, initrd: i, rootfs: r } }\n';
const node = (number: number, more = '') =>
  `  - { name: n${number}, mac: 52-54-00-12-34-0${number}${more} }\n`;
const inventory = (nodes: string, more = '') =>
  `${CUSTOM}ssh: { keys: ["${KEY}"] }\n${more}nodes:\n${nodes}`;

async function project(t: TestContext, text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-diff-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = (name: string) => join(folder, name);
  const write = (content: string, name = 'nodes.yaml') => writeFile(path(name), content);
  await write(text);
  await write(trialKernel('amd64').toString(), 'k');
  await write(TRIAL_INITRD, 'i');
  await write(TRIAL_ROOT, 'r');
  const options = {
    inventory: path('nodes.yaml'),
    media: path('media'),
    ipxeFolders: [],
    busyboxFolders: BUSYBOX_FOLDERS,
  };
  const out = path('dist');
  const build = () => buildProject({ ...options, out, link: 'symlink' });
  const diff = async () => diffTrees(oldTree(out), newTree((await generateProject(options)).files));
  return { path, write, build, diff };
}

const plain = (_: string, text: string) => text;
const lines = (diff: TreeDiff) => diffText(diff, 'dist', plain).split('\n');
const told = ({ differences }: TreeDiff) =>
  differences.map(({ nodes, file, change: { kind, at } }) =>
    [nodes.join(), file, kind, at].join(' '),
  );

describe('diff', () => {
  test('nothing built: everything is new; then nothing differs', async (t) => {
    const { build, diff } = await project(t, inventory(node(1)));
    const first = await diff();
    assert.equal(first.removed, 0);
    assert.ok(told(first).includes('n1 inventory.json added '));
    assert.ok(told(first).includes(' os/custom-amd64/vmlinuz added '));
    assert.equal((await build()).written, first.written);
    const second = await diff();
    assert.deepEqual(second, { version: 1, written: 0, removed: 0, differences: [] });
    assert.deepEqual(lines(second), ['dist: identical, a build would change nothing', '']);
  });

  test('an added, a removed and a changed node: what the build then does', async (t) => {
    const { build, diff, write } = await project(t, inventory(node(1) + node(2, ', role: agent')));
    await build();
    await write(
      inventory(node(1, ', boot: recovery, kernel_args: [quiet]') + node(3, ', role: agent')),
    );
    const found = await diff();
    const text = lines(found);
    assert.ok(text.includes('n1:'));
    assert.ok(text.includes('    boot: "live" → "recovery"'));
    assert.ok(text.includes('    kernel line:'));
    assert.ok(text.includes('      - homepbp.mode=live'));
    assert.ok(text.includes('      + homepbp.mode=recovery'));
    assert.ok(text.includes('      + quiet'));
    assert.ok(
      text.includes(
        '    - node removed, 52-54-00-12-34-02: amd64, agent, boot: live, os/custom-amd64',
      ),
    );
    assert.ok(
      text.includes('    + new node, 52-54-00-12-34-03: amd64, agent, boot: live, os/custom-amd64'),
    );
    const { written, removed } = await build();
    assert.deepEqual([found.written, found.removed], [written, removed]);
  });

  test('the same change to several nodes is shown once', async (t) => {
    const { build, diff, write } = await project(t, inventory(node(1) + node(2) + node(3)));
    await build();
    await write(inventory(node(1) + node(2) + node(3), 'network: { dns: [10.0.0.1] }\n'));
    assert.deepEqual(told(await diff()), [
      'n1,n2,n3 network-config value ethernets.boot.nameservers',
    ]);
  });

  test('a new name for a card is a change of its node', async (t) => {
    const { build, diff, write } = await project(t, inventory(node(1, ', role: agent') + node(2)));
    await build();
    await write(inventory(node(1, ', role: agent').replace('n1', 'other') + node(2)));
    const found = told(await diff());
    assert.ok(found.includes('other inventory.json value name'));
    assert.ok(found.includes('other meta-data value local-hostname'));
  });

  test('media by size and hash', async (t) => {
    const { build, diff, write } = await project(t, inventory(node(1)));
    await build();
    await write('hsqs another image', 'r');
    const { differences } = await diff();
    const root = differences.find(({ file }) => file === 'os/custom-amd64/rootfs.squashfs');
    assert.equal(root?.change.kind, 'bytes');
    assert.match(root?.change.old[0] ?? '', /^15 B [0-9a-f]{8}$/);
    assert.match(root?.change.new[0] ?? '', /^18 B [0-9a-f]{8}$/);
  });

  test('changes nothing', async (t) => {
    const { build, diff, write, path } = await project(t, inventory(node(1)));
    await build();
    const state = () =>
      readdirSync(path('dist'), { recursive: true, encoding: 'utf8' })
        .sort()
        .map((name) => [name, lstatSync(path(`dist/${name}`)).ctimeMs]);
    const before = state();
    await write(inventory(node(1) + node(2, ', role: agent')));
    assert.ok((await diff()).written > 0);
    assert.deepEqual(state(), before);
  });

  test('a folder that we did not build is rejected', async (t) => {
    const { diff, path } = await project(t, inventory(node(1)));
    await mkdir(path('dist'));
    await writeFile(path('dist/cat.jpg'), 'meow');
    await assert.rejects(diff(), /was not made by/);
  });

  test('permissions, stale files and manual edits are shown', async (t) => {
    const { build, diff, path } = await project(t, inventory(node(1)));
    await build();
    await chmod(path('dist/unknown.ipxe'), 0o600);
    await writeFile(path('dist/left'), 'left over');
    await writeFile(path('dist/boot.ipxe'), '#!ipxe\nexit 1\n');
    const found = await diff();
    assert.deepEqual(told(found), [' boot.ipxe items ', ' left removed ', ' unknown.ipxe mode ']);
    const { written, removed } = await build();
    assert.deepEqual([found.written, found.removed], [written, removed]);
  });
});

describe('extra_user_data', () => {
  const TOKENS = ['a-first-token-of-a-tunnel', 'a-second-token-of-a-tunnel'] as const;
  const withExtra = 'defaults: { extra_user_data: extra.sh }\n';
  const script = (token: string) => `#!/bin/sh\njoin ${token}\n`;

  /** Builds with the first token and gives the diff to the second one. */
  async function changed(t: TestContext, spoil: (path: (name: string) => string) => Promise<void>) {
    const made = await project(t, inventory(node(1) + node(2), withExtra));
    await made.write(script(TOKENS[0]), 'extra.sh');
    await made.build();
    await made.write(script(TOKENS[1]), 'extra.sh');
    await spoil(made.path);
    const found = await made.diff();
    const shown = JSON.stringify(found) + diffText(found, 'dist', plain);
    for (const secret of TOKENS) assert.ok(!shown.includes(secret));
    return found;
  }

  test('that changes is reported, and never shown', async (t) => {
    const found = await changed(t, async () => {});
    assert.deepEqual(told(found), ['n1,n2 user-data secret ']);
  });

  test('is not shown beside other changes', async (t) => {
    const found = await changed(t, async (path) => {
      const text = inventory(node(1, ', locale: C.UTF-8') + node(2), withExtra);
      await writeFile(path('nodes.yaml'), text);
    });
    assert.deepEqual(told(found).sort(), [
      'n1 user-data value [0].content.locale',
      'n2 user-data secret ',
    ]);
  });

  test('is not shown where the old tree has no previews, or no manifest', async (t) => {
    const noPreview = await changed(t, (path) => rm(path('dist/preview'), { recursive: true }));
    assert.ok(told(noPreview).includes('n1,n2 user-data secret '));
    const noManifest = await changed(t, (path) => writeFile(path('dist/manifest.json'), '{'));
    assert.ok(told(noManifest).includes('n1,n2 user-data secret '));
  });

  test('is not shown when somebody wrote it elsewhere into user-data', async (t) => {
    const found = await changed(t, (path) =>
      writeFile(path('dist/nodes/52-54-00-12-34-01/user-data'), `password: ${TOKENS[0]}\n`),
    );
    assert.ok(told(found).some((line) => line.includes('n1') && line.includes('user-data secret')));
  });
});
