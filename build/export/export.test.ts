import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { sha256 } from '../output.ts';
import { contents, KERNEL, MAC, openTrial, TREE, USER_DATA } from './export.trial.ts';
import { exportTree } from './export.ts';
import { exportFailed } from './export-errors.ts';
import { recordPublished } from './publish.ts';
import { EXPORT_RECORD } from './record.ts';
import { freeBytes } from './room.ts';

test('the whole tree arrives: plain files that everybody may read', async (t) => {
  const { dist, dir, run } = openTrial(t);
  const before = process.umask(0o077);
  t.after(() => process.umask(before));
  const { written, unchanged, removed } = await run();
  assert.deepEqual(contents(dir), contents(dist));
  assert.equal(written.length, Object.keys(TREE).length + 1);
  assert.deepEqual([unchanged, removed], [0, []]);
  for (const path of written) {
    const stats = lstatSync(join(dir, path));
    assert.ok(stats.isFile(), `${path} is a plain file`);
    assert.equal(stats.mode & 0o777, 0o644, path);
  }
  for (const folder of ['os', 'os/24.04-amd64', 'nodes', `nodes/${MAC}`, 'tftp'])
    assert.equal(statSync(join(dir, folder)).mode & 0o777, 0o755, folder);
});

test('media first, scripts after what they lead to, the manifest last', async (t) => {
  const { written } = await openTrial(t).run();
  assert.deepEqual(written, [
    'k3s/v1.34.1-k3s1/k3s-amd64',
    'os/24.04-amd64/debs/linux-modules.deb',
    KERNEL,
    'inventory.json',
    USER_DATA,
    `nodes/${MAC}/boot.ipxe`,
    'unknown.ipxe',
    'boot.ipxe',
    'tftp/undionly.kpxe',
    'manifest.json',
  ]);
});

test('again: nothing is touched', async (t) => {
  const { dir, run } = openTrial(t);
  const { written } = await run();
  const look = () => written.map((path) => statSync(join(dir, path)).ino);
  const before = look();
  const again = await run();
  assert.deepEqual([again.written, again.unchanged, again.removed], [[], written.length, []]);
  assert.deepEqual(look(), before);
});

test('only what changed is copied, only what an export wrote is removed', async (t) => {
  const { dir, write, run } = openTrial(t);
  await run();
  writeFileSync(join(dir, 'family.jpg'), 'mine');
  writeFileSync(join(dir, 'os/24.04-amd64/notes.txt'), 'mine');
  const { [KERNEL]: _, 'k3s/v1.34.1-k3s1/k3s-amd64': __, ...rest } = TREE;
  write({ ...rest, [USER_DATA]: 'token: SECRET', 'boot.ipxe': 'chain nodes?' });
  const { written, removed } = await run();
  assert.deepEqual(written, [USER_DATA, 'boot.ipxe', 'manifest.json']);
  assert.deepEqual(removed, ['k3s/v1.34.1-k3s1/k3s-amd64', KERNEL]);
  assert.ok(!existsSync(join(dir, 'k3s')), 'an emptied folder goes');
  assert.equal(readFileSync(join(dir, 'family.jpg'), 'utf8'), 'mine');
  assert.equal(readFileSync(join(dir, 'os/24.04-amd64/notes.txt'), 'utf8'), 'mine');
  assert.equal(readFileSync(join(dir, USER_DATA), 'utf8'), 'token: SECRET');
});

test('a copy that somebody changed or removed is made again', async (t) => {
  const { dist, dir, run } = openTrial(t);
  await run();
  writeFileSync(join(dir, KERNEL), 'KERNEL');
  rmSync(join(dir, 'boot.ipxe'));
  writeFileSync(join(dir, USER_DATA), 'token: forged');
  const { written } = await run();
  assert.deepEqual(written, [KERNEL, USER_DATA, 'boot.ipxe']);
  assert.deepEqual(contents(dir), contents(dist));
});

test('other times alone are no change: the file system of a NAS may round them', async (t) => {
  const { dir, run } = openTrial(t);
  const { written } = await run();
  for (const path of written) utimesSync(join(dir, path), 1e9, 1e9);
  assert.deepEqual((await run()).written, []);
});

test('the record has no hash of a secret', async (t) => {
  const { dir, run } = openTrial(t);
  await run();
  const record = readFileSync(join(dir, EXPORT_RECORD), 'utf8');
  assert.ok(record.includes(sha256('kernel')));
  assert.ok(!record.includes(sha256('token: secret')));
});

test('a dry run says the same and writes nothing', async (t) => {
  const { dir, write, run } = openTrial(t);
  const preview = await run({ dryRun: true });
  assert.ok(!existsSync(dir));
  assert.deepEqual(preview, await run());
  const before = contents(dir);
  const record = readFileSync(join(dir, EXPORT_RECORD), 'utf8');
  const { [KERNEL]: _, ...rest } = TREE;
  write({ ...rest, 'boot.ipxe': 'other' });
  const next = await run({ dryRun: true });
  assert.deepEqual([next.written, next.removed], [['boot.ipxe', 'manifest.json'], [KERNEL]]);
  assert.deepEqual(contents(dir), before);
  assert.equal(readFileSync(join(dir, EXPORT_RECORD), 'utf8'), record);
});

test('a folder of other files is not touched', async (t) => {
  const { dir, run } = openTrial(t);
  mkdirSync(dir);
  writeFileSync(join(dir, 'family.jpg'), 'mine');
  await assert.rejects(run(), /nas is not empty \(family\.jpg\) and was not made by/);
  assert.deepEqual(readdirSync(dir), ['family.jpg']);
});

/** As found in empty shares of Synology, QNAP, TrueNAS, NetApp, Windows, macOS, IIS and Apache. */
const OF_SHARES = [
  ...['@eaDir', '#recycle', '#snapshot', '@Recycle', '.@__thumb', '.@upload_cache'],
  ...['@Recently-Snapshot', '.recycle', '.Recycle.Bin', '.snapshot', '.zfs', '~snapshot'],
  ...['.fseventsd', '.Spotlight-V100', '.TemporaryItems', '.apdisk', '._.DS_Store', '.DS_Store'],
  ...['Thumbs.db', 'desktop.ini', 'System Volume Information', '$RECYCLE.BIN', '.Trash-1000'],
  ...['.well-known', 'web.config', '.htaccess', '.stfolder', 'lost+found', '.DAV'],
  '.nfs000000001',
];

test('what a NAS keeps in a share does not count, and stays, also when old files go', async (t) => {
  const { dir, write, run } = openTrial(t);
  const inside = [KERNEL, `nodes/${MAC}/boot.ipxe`].map((path) => join(dirname(path), '@eaDir'));
  for (const name of OF_SHARES) {
    mkdirSync(join(dir, name), { recursive: true });
    writeFileSync(join(dir, name, 'kept'), name);
  }
  await run();
  for (const folder of inside) {
    mkdirSync(join(dir, folder));
    writeFileSync(join(dir, folder, 'kept'), folder);
  }
  write({ 'boot.ipxe': 'nobody left' });
  const { removed } = await run();
  assert.ok(removed.includes(KERNEL));
  for (const folder of [...OF_SHARES, ...inside])
    assert.equal(readFileSync(join(dir, folder, 'kept'), 'utf8'), folder);
  assert.ok(!existsSync(join(dir, 'k3s')), 'an emptied folder goes');
});

test('names that look like those of a NAS, but are data', async (t) => {
  const { dir, run } = openTrial(t);
  mkdirSync(dir);
  for (const name of ['.ssh', '.git', 'recycle', 'snapshot', 'web.config.bak', '~']) {
    mkdirSync(join(dir, name));
    await assert.rejects(run(), /is not empty/, name);
    rmSync(join(dir, name), { recursive: true });
  }
});

test('room: a share that tells no size is tried, a full one is not', () => {
  assert.equal(freeBytes({ blocks: 0, bavail: 0, bsize: 4096 }), null);
  assert.equal(freeBytes({ blocks: 9, bavail: 0, bsize: 4096 }), 0);
  assert.equal(freeBytes({ blocks: 9, bavail: 2, bsize: 4096 }), 8192);
});

test('a foreign file in the place of one of ours is not overwritten', async (t) => {
  const { dir, write, run } = openTrial(t);
  await run();
  writeFileSync(join(dir, 'index.html'), 'mine');
  write({ ...TREE, 'index.html': 'page' });
  await assert.rejects(run(), /nas\/index\.html is in the way: /);
  assert.equal(readFileSync(join(dir, 'index.html'), 'utf8'), 'mine');
});

test('errors in the source: not built, a dangling link, damaged media', async (t) => {
  const { folder, dist, dir, run } = openTrial(t);
  writeFileSync(join(folder, 'media', KERNEL), 'kernal');
  await assert.rejects(run(), /vmlinuz does not match the manifest of the build\n {2}hint: run/);
  assert.ok(!existsSync(join(dir, KERNEL)));
  rmSync(join(folder, 'media', KERNEL));
  await assert.rejects(
    run(),
    /vmlinuz cannot be read: the file that it links to is gone\n {2}hint: run/,
  );
  rmSync(dist, { recursive: true });
  await assert.rejects(run(), /dist is not a built tree\n {2}hint: run \.\/homepbp build/);
});

test('errors in the target: no such mount, inside dist/, a damaged or forged record', async (t) => {
  const { folder, dist, dir, run } = openTrial(t);
  await assert.rejects(
    exportTree(dist, join(folder, 'mnt/nas')),
    /its parent folder does not exist/,
  );
  await assert.rejects(exportTree(dist, join(dist, 'nas')), /contain each other/);
  await assert.rejects(exportTree(dist, folder), /contain each other/);
  writeFileSync(join(folder, 'file'), '');
  await assert.rejects(
    exportTree(dist, join(folder, 'file')),
    /file cannot be written: .* not a folder/,
  );
  symlinkSync('nowhere', join(folder, 'link'));
  await assert.rejects(exportTree(dist, join(folder, 'link')), /a dangling link/);
  const onFile = () => {
    writeFileSync(join(dir, '.homepbp-export.part'), 'of another export');
    return () => {};
  };
  await assert.rejects(run({ onFile }), /nas cannot be written: another export is running there/);
  await run();
  writeFileSync(join(folder, 'precious'), 'mine');
  for (const text of ['{', '{"version":1,"files":{"../precious":null}}']) {
    writeFileSync(join(dir, EXPORT_RECORD), text);
    await assert.rejects(run(), /\.homepbp-export\.json is damaged/);
  }
  assert.ok(existsSync(join(folder, 'precious')));
});

test('a damaged manifest or inventory is reported with its place, and nothing is touched', async (t) => {
  const { folder, dist, dir, run } = openTrial(t);
  await run();
  const before = contents(dir);
  writeFileSync(join(dist, 'manifest.json'), '{"boot.ipxe": {"size": 12},');
  await assert.rejects(run(), {
    message: `${dist}/manifest.json:1:28: the file is damaged: not valid JSON\n  hint: run ./homepbp build, which writes it again`,
  });
  assert.deepEqual(contents(dir), before);
  await assert.rejects(recordPublished(dist, join(folder, 'state'), 1), {
    message:
      /inventory\.json:1:1: the file is damaged: nodes is missing\n {2}hint: run \.\/homepbp build/,
  });
  assert.equal(existsSync(join(folder, 'state/published.json')), false);
});

test("a folder that is not the project owner's: under sudo, too, it must be given to that user", () => {
  const uid = process.geteuid?.();
  const denied = Object.assign(new Error('mkdir'), { code: 'EACCES' });
  assert.equal(
    exportFailed('/srv/boot', denied).message,
    `/srv/boot cannot be written: permission denied\n  hint: this ran as user ${uid}, also under sudo: give that user the folder with sudo install -d -o ${uid} /srv/boot`,
  );
});

test('an error halfway: copied files stay, the next export does the rest', async (t) => {
  const { dist, dir, run } = openTrial(t);
  const onFile = (path: string) => {
    if (path === 'unknown.ipxe') throw new Error('unplugged');
    return () => {};
  };
  await assert.rejects(
    run({ onFile }),
    /nas cannot be written: unplugged\n {2}hint: copied files stay/,
  );
  assert.ok(existsSync(join(dir, KERNEL)) && !existsSync(join(dir, 'boot.ipxe')));
  await run();
  assert.deepEqual(contents(dir), contents(dist));
});

test('large media is streamed, with progress, and its hash checked', async (t) => {
  const { folder, dist, dir, write, run } = openTrial(t);
  const large = 'x'.repeat(2_500_000);
  write({ ...TREE, [KERNEL]: `media:${large}` });
  const told: number[] = [];
  const onFile = (path: string) => (bytes: number) => {
    if (path === KERNEL) told.push(bytes);
  };
  writeFileSync(join(folder, 'media', KERNEL), large.replace('x', 'y'));
  await assert.rejects(run({ onFile }), /vmlinuz does not match the manifest of the build/);
  assert.ok(!existsSync(join(dir, KERNEL)));
  writeFileSync(join(folder, 'media', KERNEL), large);
  told.length = 0;
  await run({ onFile });
  assert.deepEqual(contents(dir), contents(dist));
  assert.deepEqual(told, [1_048_576, 2_097_152, 2_500_000]);
});

test('a tree that is rebuilt meanwhile is exported in its final state', async (t) => {
  const { dist, dir, write, run } = openTrial(t);
  let builds = 0;
  await run({
    async beforeFiles() {
      builds += 1;
      if (builds === 1) write({ ...TREE, 'boot.ipxe': 'newer' });
    },
  });
  assert.equal(builds, 2);
  assert.deepEqual(contents(dir), contents(dist));
});
