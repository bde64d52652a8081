// Builds of real folders: what is written, what is left alone, and what bad input does (nothing).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { load } from 'js-yaml';
import { ENROLMENT, parseEnrolment } from '../contract/enrolment.ts';
import { ISSUED, parseIssued } from '../contract/issued.ts';
import { TRIAL_DEB, TRIAL_INITRD, TRIAL_ROOT, trialKernel } from '../formats/boot-files.trial.ts';
import { MAX_BUSYBOX } from '../formats/busybox.ts';
import { trialBusybox, trialElf } from '../formats/elf.trial.ts';
import { UserError } from '../messages/user-error.ts';
import { BUSYBOX_FOLDERS } from './fixtures/busybox.ts';
import { refuseBroken } from './generate.ts';
import { type BuildOptions, buildProject } from './project.ts';
import { LINK_MODES } from './write/changed.ts';
import { writeTree } from './write/write-tree.ts';

const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const NODE_1 = '  - { name: k8s-node01, mac: 52-54-00-12-34-01 }\n';
const NODE_2 = '  - { name: k8s-node02, mac: 52-54-00-12-34-02 }\n';
const CUSTOM = 'os: { custom: { kernel: k, initrd: i, rootfs: r, modules: [m.deb] } }\n';

const inventory = (nodes: string, os = '') => `${os}ssh: { keys: ["${KEY}"] }\nnodes:\n${nodes}`;

async function project(t: TestContext, text: string) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'homepbp-project-')));
  t.after(() => rm(folder, { recursive: true }));
  const path = (name: string) => join(folder, name);
  const write = (content: string) => writeFile(path('nodes.yaml'), content);
  await write(text);
  const options: BuildOptions = {
    inventory: path('nodes.yaml'),
    out: path('dist'),
    media: path('media'),
    link: 'symlink',
    ipxeFolders: [],
    busyboxFolders: BUSYBOX_FOLDERS,
  };
  const build = (more: Partial<BuildOptions> = {}) => buildProject({ ...options, ...more });
  return { path, write, build, snapshot: () => snapshot(path('dist')) };
}

/** Everything that a change of a tree would change: names, kinds, inodes, times, bytes. */
function snapshot(root: string) {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const stats = lstatSync(join(root, name));
      const bytes = stats.isFile() ? readFileSync(join(root, name), 'latin1') : '';
      return {
        name,
        mode: stats.mode,
        ino: stats.ino,
        mtime: stats.isFile() ? stats.mtimeMs : 0,
        bytes,
      };
    });
}

describe('buildProject', () => {
  test('writes only what changed and removes what is stale', async (t) => {
    const { build, write, path } = await project(t, inventory(NODE_1 + NODE_2));
    const first = await build();
    assert.equal(first.removed + first.unchanged, 0);
    const again = await build();
    assert.deepEqual([again.written, again.removed], [0, 0]);
    await write(inventory(NODE_1.replace('k8s-node01', 'renamed')));
    const third = await build();
    // Five files and their previews of node 2 go. Of node 1, scripts, meta-data and user-data change.
    assert.equal(third.removed, 10);
    assert.equal(third.written, 6 + 2);
    assert.deepEqual(readdirSync(path('dist/nodes')), ['52-54-00-12-34-01']);
  });

  test('user-data is readable by its owner only, whatever the umask', async (t) => {
    const umask = process.umask(0);
    t.after(() => process.umask(umask));
    const { build, path } = await project(t, inventory(NODE_1));
    await build();
    const mode = (name: string) =>
      statSync(path(`dist/nodes/52-54-00-12-34-01/${name}`)).mode & 0o777;
    assert.equal(mode('user-data'), 0o600);
    assert.equal(mode('boot.ipxe'), 0o644);
    // Somebody opened it: the next build closes it again.
    chmodSync(path('dist/nodes/52-54-00-12-34-01/user-data'), 0o644);
    await build();
    assert.equal(mode('user-data'), 0o600);
  });

  test('a node without media boots its disk and says what to run', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    const { remarks } = await build();
    assert.match(remarks.join('\n'), /os\/20\.04-amd64 is missing: k8s-node01/);
    const script = readFileSync(path('dist/nodes/52-54-00-12-34-01/boot.ipxe'), 'utf8');
    assert.match(script, /run \.\/homepbp fetch/);
    assert.doesNotMatch(script, /^kernel /m);
    assert.match(script, /^sanboot /m);
    const { nodes } = JSON.parse(readFileSync(path('dist/inventory.json'), 'utf8'));
    const parts = ['kernel', 'initrd', 'root image'];
    assert.deepEqual(nodes[0].missing.slice(0, 3), parts);
    assert.equal(nodes[0].missing.at(-1), 'k3s');
  });

  test('without nodes there is a tree, and what to do next; it publishes no set of servers', async (t) => {
    const url = 'genesis: { url: http://nas.lan }\n';
    const { build, write, path } = await project(t, `${url}ssh: { keys: ["${KEY}"] }\nnodes: []\n`);
    const { remarks } = await build();
    assert.match(remarks.join('\n'), /no nodes yet: switch on a machine/);
    assert.ok(existsSync(path('dist/boot.ipxe')) && !existsSync(path('dist/nodes')));
    await write(url + inventory(NODE_1));
    assert.doesNotMatch((await build()).remarks.join('\n'), /no nodes yet/);
    const lock = JSON.parse(readFileSync(path('cluster.lock.json'), 'utf8'));
    assert.deepEqual(lock.epochs, { 1: [['k8s-node01']] });
  });

  test('says what the iPXE at hand lacks', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await mkdir(path('ipxe'));
    await writeFile(path('ipxe/snponly.efi'), 'MZ\0iPXE\x001.0.0+git-20190125.36a4c85-5.1\0');
    const { remarks } = await build({ ipxeFolders: [path('ipxe')] });
    assert.match(
      remarks.join('\n'),
      /^note: snponly\.efi: iPXE 1\.0\.0\S+; run \.\/homepbp fetch/m,
    );
  });

  test('the manifest lists every other file, with hashes except of user-data', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await build();
    const manifest = JSON.parse(readFileSync(path('dist/manifest.json'), 'utf8'));
    const files = readdirSync(path('dist'), { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(path(`dist/${name}`)).isFile())
      .filter((name) => name !== 'manifest.json' && name !== '.build.json');
    assert.deepEqual(Object.keys(manifest), files.sort());
    assert.deepEqual(Object.keys(manifest['nodes/52-54-00-12-34-01/user-data']), ['size']);
    assert.match(manifest['boot.ipxe'].sha256, /^[0-9a-f]{64}$/);
  });
});

describe('extra_user_data', () => {
  for (const text of ['---\npackages: [jq]\n', '{packages: [jq]}\n', 'packages:\n  - jq']) {
    test(`stays as it was written: ${JSON.stringify(text)}`, async (t) => {
      const { build, path } = await project(
        t,
        inventory(`${NODE_1}defaults: { extra_user_data: x }\n`),
      );
      await writeFile(path('x'), `#cloud-config\n${text}`);
      await build();
      const parts = load(readFileSync(path('dist/nodes/52-54-00-12-34-01/user-data'), 'utf8'));
      const [, part] = parts as { content: string; 'Merge-Type': string }[];
      assert.equal(part?.content.trimEnd(), `#cloud-config\n${text}`.trimEnd());
      assert.match(part?.['Merge-Type'] ?? '', /^list\(append\)/);
    });
  }
});

test('no node may have an address of the computer that serves', async (t) => {
  const node = (ip: string) => `  - { name: k8s-node01, mac: 52-54-00-12-34-01, ip: ${ip}/24 }\n`;
  const { write, build } = await project(t, inventory(node('192.168.1.21')));
  const ownAddresses = () => ['10.0.0.1', '192.168.1.21'];
  await assert.rejects(build({ ownAddresses }), {
    message:
      /^\S*nodes\.yaml:3:\d+: 192\.168\.1\.21 is an address of this computer.*\n.*\n.*\n.*hint: give the node another/,
  });
  await build();
  await write(inventory(node('192.168.1.22')));
  await build({ ownAddresses });
  const gone = node('192.168.1.21').replace(' }', ', removed: true }');
  await write(
    inventory(`${node('192.168.1.22')}${gone.replace('01,', '02,').replace('34-01', '34-02')}`),
  );
  await build({ ownAddresses });
  const elsewhere = `genesis: { url: http://192.168.1.9/ }\n${inventory(node('192.168.1.21'))}`;
  await write(elsewhere);
  await build({ ownAddresses });
});

test('the tree is checked before any of it is written', async (t) => {
  const { build, path, snapshot } = await project(t, inventory(NODE_1));
  await build();
  const before = snapshot();
  const files = [{ path: 'boot.ipxe', content: '#!ipxe\ngoto nowhere\n' }];
  const options = { link: 'symlink', record: {}, check: refuseBroken } as const;
  await assert.rejects(writeTree(path('dist'), files, options), {
    name: 'Error',
    message: /boot\.ipxe line 2 goes to the missing label/,
  });
  assert.deepEqual(snapshot(), before);
});

describe('the secrets', () => {
  test('are made once, 0600, and stay', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await build();
    const names = ['token', 'agent-token', 'peer-key', 'issued/secrets.json'];
    const read = () => names.map((name) => readFileSync(path(`secrets/${name}`), 'utf8'));
    const before = read();
    for (const folder of ['secrets', 'secrets/issued'])
      assert.equal(statSync(path(folder)).mode & 0o777, 0o700, folder);
    for (const name of names)
      assert.equal(statSync(path(`secrets/${name}`)).mode & 0o777, 0o600, name);
    await build();
    assert.deepEqual(read(), before);
  });

  test('are in secrets/, and nowhere else', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1 + NODE_2));
    const { remarks } = await build();
    const secrets = ['token', 'agent-token', 'peer-key'].map((name) =>
      readFileSync(path(`secrets/${name}`), 'utf8').trim(),
    );
    const holders = readdirSync(path('.'), { recursive: true, encoding: 'utf8' })
      .filter((name) => lstatSync(path(name)).isFile())
      .filter((name) =>
        secrets.some((secret) => readFileSync(path(name), 'latin1').includes(secret)),
      );
    assert.deepEqual(holders.sort(), [
      'secrets/agent-token',
      'secrets/issued/secrets.json',
      'secrets/peer-key',
      'secrets/token',
    ]);
    assert.ok(!secrets.some((secret) => remarks.join().includes(secret)));
  });

  test('a lost token rejects the build; --never-booted starts over', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await build();
    await rm(path('secrets'), { recursive: true });
    await assert.rejects(build(), /secrets\/token is gone[\s\S]*restore secrets/);
    assert.ok(!existsSync(path('secrets')));
    await build({ neverBooted: true });
    assert.ok(existsSync(path('secrets/token')));
    await build();
  });

  test('a lost peer key refuses the build as a lost token does', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await build();
    await rm(path('secrets/peer-key'));
    await assert.rejects(build(), /secrets\/peer-key is gone[\s\S]*restore secrets/);
    assert.ok(!existsSync(path('secrets/peer-key')));
  });

  for (const name of ['secrets/token', 'secrets/peer-key', 'cluster.lock.json']) {
    test(`${name} that is unreadable does not count as absent`, async (t) => {
      const { build, path } = await project(t, inventory(NODE_1));
      await build();
      // A folder fails for root too, unlike a mode.
      await rm(path(name));
      await mkdir(path(name));
      await assert.rejects(build(), { name: 'UserError', message: new RegExp(`${name}: it is a`) });
      assert.ok(statSync(path(name)).isDirectory());
    });
  }

  test('are the same for builds that are first at the same time', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await Promise.all([build({ out: path('a') }), build({ out: path('b') }), build()]);
    const token = readFileSync(path('secrets/token'), 'utf8').trim();
    assert.equal(issuedOf(path).sets[0]?.token, token);
    assert.deepEqual((await build()).remarks.join('\n').match(/enrolment/g), null);
    assert.deepEqual(readdirSync(path('secrets')).sort(), [
      '.build.lock',
      'agent-token',
      'issued',
      'peer-key',
      'token',
    ]);
  });

  test('a set of servers that the shim saw fetched is remembered, until --never-booted', async (t) => {
    const { build, write, path } = await project(t, inventory(NODE_1 + NODE_2));
    await mkdir(path('state'));
    const sets = [{ epoch: 1, servers: ['k8s-node01', 'k8s-node02'] }];
    await writeFile(path('state/published.json'), JSON.stringify({ version: 1, sets }));
    await build();
    await write(inventory(NODE_1));
    await assert.rejects(build(), /may already know server k8s-node02/);
    await build({ neverBooted: true });
    await build();
    assert.ok(!existsSync(path('state/published.json')));
  });

  test('a damaged output file is written again', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await build();
    for (const name of ['inventory.json', 'manifest.json', '.build.json']) {
      const whole = readFileSync(path(`dist/${name}`), 'utf8');
      await writeFile(path(`dist/${name}`), whole.slice(0, -3));
      await build();
      assert.equal(readFileSync(path(`dist/${name}`), 'utf8'), whole, name);
    }
  });

  test('a damaged published.json rejects the build and is left alone', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await build();
    const torn = '{"version": 1,\n "sets": [{"epoch": 1}]}';
    await writeFile(path('state/published.json'), torn);
    await assert.rejects(
      build(),
      /state\/published\.json:2:11: the file is damaged: sets\[0\]\.servers is missing\n {2}hint: restore it/,
    );
    assert.equal(readFileSync(path('state/published.json'), 'utf8'), torn);
  });

  test('a node that reported founding makes the others join, in its epoch', async (t) => {
    const founding = (epoch: number) => `cluster: { founding: { epoch: ${epoch} } }\n`;
    const { build, write, path } = await project(t, inventory(NODE_1, founding(2)));
    await mkdir(path('state'));
    const latch = { version: 1, epoch: 2, node: 'k8s-node01', at: '2026-01-02T10:00:00Z' };
    await writeFile(path('state/founded.json'), JSON.stringify(latch));
    const founded = async () => {
      await build();
      const seed = readFileSync(path('dist/nodes/52-54-00-12-34-01/user-data'), 'utf8');
      const served = JSON.parse(readFileSync(path('dist/inventory.json'), 'utf8')).founding;
      assert.equal(seed.includes('"founded": true'), served.founded);
      return served.founded;
    };
    assert.equal(await founded(), true);
    await write(inventory(NODE_1, founding(3)));
    assert.equal(await founded(), false);
    await write(inventory(NODE_1));
    assert.equal(await founded(), true);
    await assert.rejects(
      build({ neverBooted: true }),
      /k8s-node01 reported at 2026[\s\S]*founded\.json/,
    );
    await writeFile(path('state/founded.json'), '{"version":1,');
    await assert.rejects(
      build(),
      /state\/founded\.json:1:14: the file is damaged: not valid JSON\n {2}hint: restore it/,
    );
  });

  test('a set of servers that was sent to a web server is remembered', async (t) => {
    const url = 'genesis: { url: "http://nas.lan/boot" }\n';
    const { build, write } = await project(t, inventory(NODE_1 + NODE_2, url));
    await build();
    await write(inventory(NODE_1, url));
    await assert.rejects(build(), /may already know server k8s-node02/);
  });
});

type PathOf = (name: string) => string;

const issuedOf = (path: PathOf) =>
  parseIssued(readFileSync(path(`secrets/${ISSUED}`), 'utf8'), ISSUED);
const enrolmentOf = (path: PathOf) =>
  parseEnrolment(readFileSync(path(`state/${ENROLMENT}`), 'utf8'), ENROLMENT);

describe('what nodes get when they enrol', () => {
  test('is issued once, by ids that no secret shows in; state/ belongs to it', async (t) => {
    const ours = await project(t, inventory(NODE_1));
    const { build, path } = ours;
    await build();
    const issued = issuedOf(path);
    const [set, ...older] = issued.sets;
    const read = (name: string) => readFileSync(path(`secrets/${name}`), 'utf8').trim();
    assert.deepEqual(older, []);
    const [token, agentToken, peerKey] = ['token', 'agent-token', 'peer-key'].map(read);
    assert.deepEqual(set, { id: set?.id, token, agentToken, peerKey });
    assert.equal(issued.passwordKey, peerKey);
    assert.equal(enrolmentOf(path).project, issued.project);
    const before = statSync(path(`secrets/${ISSUED}`)).mtimeMs;
    assert.equal((await build()).written, 0);
    assert.equal(statSync(path(`secrets/${ISSUED}`)).mtimeMs, before);
    const other = await project(t, inventory(NODE_1));
    await other.build();
    assert.notEqual(issuedOf(other.path).project, issued.project);
    assert.notEqual(issuedOf(other.path).sets[0]?.id, set?.id);
    const bytes = (tree: ReturnType<typeof snapshot>) =>
      tree.map(({ name, bytes }) => [name, bytes]);
    assert.deepEqual(bytes(other.snapshot()), bytes(ours.snapshot()), 'the same tree, bit for bit');
  });

  test('a project from before gets it at its next build, with its token and peer key', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await build();
    const { sets } = issuedOf(path);
    for (const name of ['secrets/issued', 'secrets/agent-token', 'state'])
      await rm(path(name), { recursive: true });
    const { remarks } = await build();
    const [old, now] = [sets[0], issuedOf(path).sets[0]];
    assert.deepEqual([now?.token, now?.peerKey], [old?.token, old?.peerKey]);
    assert.equal(enrolmentOf(path).project, issuedOf(path).project);
    assert.doesNotMatch(remarks.join('\n'), /enrolment\.json/);
  });

  test('a lost state/ stays closed, and each build says so', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await build();
    await rm(path('state'), { recursive: true });
    for (const _ of [1, 2]) {
      const { remarks } = await build();
      assert.match(
        remarks.join('\n'),
        /^warning: \S+\/state\/enrolment\.json is missing: .*\n {2}hint: copy state\/ .*enroll --all$/m,
      );
      assert.ok(!existsSync(path('state')));
    }
    await mkdir(path('state'));
    await writeFile(path(`state/${ENROLMENT}`), '{"version": 1, "project": "another"}');
    assert.match((await build()).remarks.join('\n'), /enrolment\.json belongs to another project/);
    await writeFile(path(`state/${ENROLMENT}`), '{"version": 1');
    await assert.rejects(
      build(),
      /enrolment\.json:1:14: the file is damaged: .*\n {2}hint: run \.\/homepbp enroll --all/,
    );
  });

  test('a build that ended before it was issued is made up for by the next', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await build();
    await rm(path('secrets/issued'), { recursive: true });
    await build();
    assert.equal(enrolmentOf(path).project, issuedOf(path).project);
  });

  test('a lost agent token, or a damaged file, rejects the build; nothing is changed', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await build();
    await rm(path('secrets/agent-token'));
    await assert.rejects(build(), /secrets\/agent-token is gone[\s\S]*restore secrets/);
    assert.ok(!existsSync(path('secrets/agent-token')));
    await writeFile(path(`secrets/${ISSUED}`), '{"version": 1}');
    await assert.rejects(
      build(),
      /issued\/secrets\.json:1:1: the file is damaged: project is missing\n {2}hint: restore it/,
    );
  });

  test('--never-booted issues others for other secrets, and keeps it for the same', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await build();
    const before = issuedOf(path);
    await build({ neverBooted: true });
    assert.deepEqual(issuedOf(path), before);
    await rm(path('secrets/peer-key'));
    await build({ neverBooted: true });
    const after = issuedOf(path);
    assert.notEqual(after.sets[0]?.id, before.sets[0]?.id);
    assert.equal(after.passwordKey, after.sets[0]?.peerKey);
    assert.equal(enrolmentOf(path).project, after.project);
  });
});

describe('an OS that fetch has locked', () => {
  const files = { vmlinuz: 'kernel', initrd: 'initrd', 'rootfs.squashfs': 'root image' };
  const lockOf = (base: string) =>
    JSON.stringify({
      version: 1,
      files: Object.fromEntries(
        Object.entries(files).map(([name, text]) => {
          const hash = createHash('sha256').update(text).digest('hex');
          return [
            `os/20.04-amd64/${name}`,
            { url: `${base}/${name}`, size: text.length, sha256: hash },
          ];
        }),
      ),
    });
  const lockedProject = async (t: TestContext, base: string) => {
    const made = await project(t, inventory(NODE_1));
    await writeFile(made.path('media.lock.json'), lockOf(base));
    const script = () => readFileSync(made.path('dist/nodes/52-54-00-12-34-01/boot.ipxe'), 'utf8');
    const list = () => readFileSync(made.path('dist/os/20.04-amd64/fetch.list'), 'utf8');
    return { ...made, script, list };
  };

  test('boots from Genesis when the files are here, and from their publisher when that fails', async (t) => {
    const { build, path, script, list } = await lockedProject(t, 'http://publisher.example/a');
    await mkdir(path('media/os/20.04-amd64'), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      await writeFile(path(`media/os/20.04-amd64/${name}`), text);
    }
    await build();
    const kernels = script()
      .match(/^kernel --timeout 30000 (\S+)/gm)
      ?.map((line) => line.split(' ')[3]);
    assert.deepEqual(kernels, [
      '../../os/20.04-amd64/vmlinuz',
      'http://publisher.example/a/vmlinuz',
    ]);
    assert.match(
      list(),
      /^[0-9a-f]{64} 10 rootfs\.squashfs http:\/\/publisher\.example\/a\/rootfs\.squashfs\n/,
    );
    assert.equal(readFileSync(path('dist/os/20.04-amd64/initrd'), 'utf8'), 'initrd');
  });

  test('and k3s beside it are linked from media/', async (t) => {
    const { build, path } = await lockedProject(t, 'http://publisher.example/a');
    const lock = JSON.parse(readFileSync(path('media.lock.json'), 'utf8'));
    const url = 'https://publisher.example/k3s';
    lock.files['k3s/v1.34.10+k3s1/k3s-amd64'] = { url, size: 3, sha256: 'a'.repeat(64) };
    await writeFile(path('media.lock.json'), JSON.stringify(lock));
    await mkdir(path('media/k3s/v1.34.10+k3s1'), { recursive: true });
    await writeFile(path('media/k3s/v1.34.10+k3s1/k3s-amd64'), 'k3s');
    await build();
    assert.equal(readFileSync(path('dist/k3s/v1.34.10-k3s1/k3s-amd64'), 'utf8'), 'k3s');
  });

  test('a k3s channel that resolves to a version too new for 20.04 is a fault; hwe fixes it', async (t) => {
    const { build, path, write, script } = await lockedProject(t, 'http://publisher.example/a');
    const lock = JSON.parse(readFileSync(path('media.lock.json'), 'utf8'));
    lock.resolved = { 'k3s stable': 'v1.36.3+k3s1' };
    await writeFile(path('media.lock.json'), JSON.stringify(lock));
    await assert.rejects(
      build(),
      /k3s stable \(v1\.36\.3\+k3s1\) needs cgroup v2[\s\S]*kernel: hwe/,
    );
    await write(inventory(NODE_1, 'os: { release: 20.04, kernel: hwe }\n'));
    await build();
    assert.match(script(), /^kernel .* systemd\.unified_cgroup_hierarchy=1 /m);
  });

  test('boots from the publisher alone when nothing is here', async (t) => {
    const { build, path, script } = await lockedProject(t, 'http://publisher.example/a');
    await build();
    assert.doesNotMatch(script(), /^kernel .*\.\.\/os/m);
    assert.match(
      script(),
      /^initrd --timeout 30000 --name initrd http:\/\/publisher\.example\/a\/initrd /m,
    );
    assert.deepEqual(readdirSync(path('dist/os/20.04-amd64')), ['fetch.list', 'homepbp.cpio']);
  });

  test('does not boot when the initramfs would need TLS to get its root', async (t) => {
    const { build, script } = await lockedProject(t, 'https://publisher.example/a');
    const { remarks } = await build();
    assert.match(remarks.join(), /os\/20\.04-amd64 is missing/);
    assert.match(script(), /run \.\/homepbp fetch/);
  });

  test('a damaged lock is an error that says what to do', async (t) => {
    const { build, path } = await lockedProject(t, 'http://publisher.example/${evil}');
    await assert.rejects(
      build(),
      /media\.lock\.json:1:55: the file is damaged: files\["os\/20\.04-amd64\/vmlinuz"\]\.url is not valid\n {2}hint: restore it/,
    );
    const climbing =
      '{"version": 1, "files": {"os/../x": {"url": "http://a/b", "size": 1, "sha256": "x"}}}';
    await writeFile(path('media.lock.json'), climbing);
    await assert.rejects(build(), /media\.lock\.json:1:\d+: the file is damaged/);
    await writeFile(path('media.lock.json'), '{');
    await assert.rejects(build(), /media\.lock\.json:1:\d+: the file is damaged/);
  });
});

const files = {
  k: trialKernel('amd64'),
  i: TRIAL_INITRD,
  r: TRIAL_ROOT,
  'm.deb': TRIAL_DEB,
};

describe('a custom OS', () => {
  const customProject = async (t: TestContext) => {
    const made = await project(t, inventory(NODE_1, CUSTOM));
    for (const [name, text] of Object.entries(files)) await writeFile(made.path(name), text);
    return made;
  };

  for (const link of LINK_MODES) {
    test(`is linked by ${link}, and a new image replaces it`, async (t) => {
      const { build, path } = await customProject(t);
      await build({ link });
      const root = path('dist/os/custom-amd64/rootfs.squashfs');
      assert.equal(lstatSync(root).isSymbolicLink(), link === 'symlink');
      assert.equal(readFileSync(root, 'utf8'), TRIAL_ROOT);
      assert.equal((await build({ link })).written, 0);
      await writeFile(path('r'), 'hsqs ROOT IMAGE');
      await build({ link });
      assert.equal(readFileSync(root, 'utf8'), 'hsqs ROOT IMAGE');
      await writeFile(path('r'), TRIAL_ROOT);
      await build({ link });
      assert.equal(readFileSync(root, 'utf8'), TRIAL_ROOT);
    });
  }

  test('keeps its bytes when the source is overwritten later', async (t) => {
    const { build, path } = await customProject(t);
    await build();
    await writeFile(path('r'), 'half of the next im');
    assert.equal(readFileSync(path('dist/os/custom-amd64/rootfs.squashfs'), 'utf8'), TRIAL_ROOT);
  });

  test('a folder of modules is packed as a reproducible tar', async (t) => {
    const { build, path, write } = await customProject(t);
    await write(inventory(NODE_1, CUSTOM.replace('[m.deb]', 'mods')));
    await mkdir(path('mods/6.1.0/kernel/drivers'), { recursive: true });
    await writeFile(path('mods/6.1.0/kernel/drivers/a.ko'), 'module');
    await writeFile(path('mods/6.1.0/modules.order'), '');
    await build();
    const tar = readFileSync(path('dist/os/custom-amd64/debs/modules-6.1.0.tar'), 'latin1');
    assert.match(tar, /lib\/modules\/6\.1\.0\/kernel\/drivers\/a\.ko/);
    assert.equal((await build()).written, 0);
  });

  test('packages have names that every web server and share can have', async (t) => {
    const { build, path, write } = await customProject(t);
    const packages = ['grub_1%3a2+3_amd64.deb', 'modules_1:2~3.deb'];
    for (const name of packages) await writeFile(path(name), TRIAL_DEB);
    await write(inventory(NODE_1, CUSTOM.replace('[m.deb]', JSON.stringify(packages))));
    await build();
    const debs = readdirSync(path('dist/os/custom-amd64/debs'));
    assert.deepEqual(debs.sort(), ['grub_1-2-3_amd64.deb', 'modules_1-2~3.deb']);
    const list = readFileSync(path('dist/os/custom-amd64/fetch.list'), 'utf8');
    for (const name of debs) assert.ok(list.includes(` debs/${name}\n`), list);
  });

  test('two packages that would have one name there are a fault', async (t) => {
    const { build, path, write } = await customProject(t);
    for (const [one, other, fault] of [
      ['a+1.deb', 'a-1.deb', /a-1\.deb and \S+a\+1\.deb would both be debs\/a-1\.deb in the tree/],
      ['a.deb', 'A.deb', /A\.deb and \S+a\.deb would both be debs\/A\.deb/],
      ['a.deb', 'a.deb', /a\.deb is named twice/],
    ] as const) {
      for (const name of [one, other]) await writeFile(path(name), TRIAL_DEB);
      await write(inventory(NODE_1, CUSTOM.replace('[m.deb]', JSON.stringify([one, other]))));
      await assert.rejects(build(), fault);
    }
  });

  test('a package whose name an initramfs could not fetch is a fault', async (t) => {
    const { build, write, path } = await customProject(t);
    await write(inventory(NODE_1, CUSTOM.replace('m.deb', '"my modules.deb"')));
    await writeFile(path('my modules.deb'), TRIAL_DEB);
    await assert.rejects(build(), /my modules\.deb has a name with spaces/);
  });

  test('a path that cannot be followed is a fault with its place', async (t) => {
    const { build, path, write } = await customProject(t);
    await rm(path('r'));
    await symlink('r', path('r'));
    await assert.rejects(build(), /nodes\.yaml:1:47: .*\/r cannot be read: its symbolic links/);
    await write(inventory(NODE_1, CUSTOM.replace('rootfs: r', `rootfs: ${'r'.repeat(5000)}`)));
    await assert.rejects(build(), /nodes\.yaml:1:47: \/.*r…$/m);
  });

  const wrong: readonly [string, string | Uint8Array, RegExp][] = [
    [
      'k',
      Buffer.alloc(9),
      /nodes\.yaml:1:25: .*\/k is not a Linux kernel but zeros\n.*\n.*\n {2}hint: a bzI/,
    ],
    [
      'k',
      trialKernel('arm64'),
      /\/k is a kernel for arm64, but the nodes are amd64\n.*\n.*\n {2}hint: use/,
    ],
    [
      'i',
      TRIAL_ROOT,
      /nodes\.yaml:1:36: .*\/i is not an initrd but a squashfs image\n.*\n.*\n {2}hint: a newc/,
    ],
    ['i', gzipSync('<html>'), /\/i is not an initrd but a gzip file that contains an HTML page\n/],
    [
      'r',
      TRIAL_INITRD,
      /nodes\.yaml:1:47: .*\/r is not a squashfs image but a cpio archive\n.*\n.*\n {2}hint: create/,
    ],
    [
      'm.deb',
      '<html>',
      /nodes\.yaml:1:60: .*\/m\.deb is not a Debian package but an HTML page\n.*\n.*\n {2}hint: it may be a trunc/,
    ],
  ];
  for (const [name, content, message] of wrong) {
    test(`${name} of the wrong kind is a fault at its place: ${message.source.slice(-40)}`, async (t) => {
      const { build, path } = await customProject(t);
      await build();
      const before = readdirSync(path('media/custom'));
      await writeFile(path(name), content);
      await assert.rejects(build(), message);
      assert.deepEqual(readdirSync(path('media/custom')), before, 'it is not copied');
    });
  }

  test('all faults are reported at once', async (t) => {
    const { build, path } = await customProject(t);
    for (const name of Object.keys(files)) await writeFile(path(name), 'a text');
    await assert.rejects(build(), (error: Error) => {
      assert.equal(error.message.match(/ but a text$/gm)?.length, 4);
      return true;
    });
  });

  test('a missing file is a fault with its place', async (t) => {
    const { build, path } = await customProject(t);
    await rm(path('r'));
    await assert.rejects(build(), /nodes\.yaml:1:47: .*\/r does not exist/);
  });
});

describe('os.custom.busybox', () => {
  const withBusybox = async (t: TestContext, content: Uint8Array | null, arch = 'amd64') => {
    const os = CUSTOM.replace('rootfs: r', 'rootfs: r, busybox: b');
    const made = await project(t, inventory(NODE_1.replace(' }', `, arch: ${arch} }`), os));
    const own = { ...files, k: trialKernel(arch === 'arm64' ? 'arm64' : 'amd64') };
    for (const [name, text] of Object.entries(own)) await writeFile(made.path(name), text);
    if (content !== null) await writeFile(made.path('b'), content);
    return made;
  };

  test('a static busybox of the architecture is accepted', async (t) => {
    const own = Buffer.concat([trialBusybox('arm64'), Buffer.from('my own')]);
    const { build, path } = await withBusybox(t, own, 'arm64');
    await build();
    assert.ok(readFileSync(path('dist/os/custom-arm64/homepbp.cpio')).includes(own));
  });

  test('without any busybox, machines boot from disk and the build says why', async (t) => {
    const made = await project(t, inventory(NODE_1, CUSTOM));
    for (const [name, text] of Object.entries(files)) await writeFile(made.path(name), text);
    const { remarks } = await made.build({ busyboxFolders: [] });
    assert.match(
      remarks.join('\n'),
      /^note: the busybox for custom-amd64 is missing: \S+ will boot from the local disk/m,
    );
  });

  const wrong: readonly [string, Uint8Array | null, RegExp][] = [
    ['that is not there', null, /\/b does not exist\n.*\n.*\n {2}hint: paths are relative/],
    ['of another architecture', trialBusybox('arm64'), /\/b is for arm64, not for amd64\n/],
    [
      'that is not static',
      trialElf({ arch: 'amd64', interpreter: '/lib/ld.so', text: 'BusyBox v1' }),
      /\/b is not static: it needs \/lib\/ld\.so\n.*\n.*\n {2}hint: a static busybox for amd64/,
    ],
    [
      'that is a script',
      Buffer.from('#!/bin/sh\n'),
      /\/b is not a 64-bit ELF program but a script/,
    ],
    ['that is too large', Buffer.alloc(MAX_BUSYBOX + 1), /\/b is too large to be busybox/],
  ];
  for (const [what, content, message] of wrong) {
    test(`one ${what} is a fault at its place`, async (t) => {
      const { build } = await withBusybox(t, content);
      await assert.rejects(build(), (error: Error) => {
        assert.match(error.message, /nodes\.yaml:1:59: /);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});

describe('bad input leaves the old tree untouched:', () => {
  const cases: [string, string][] = [
    ['broken YAML', 'nodes: [\n'],
    ['an unknown key', inventory(NODE_1, 'oss: 1\n')],
    ['a MAC twice', inventory(NODE_1 + NODE_2.replace('34-02', '34-01'))],
    ['a custom file that is missing', inventory(NODE_1, CUSTOM)],
    ['an ssh key that cannot be read', inventory(NODE_1).replace(KEY, 'no/such/key.pub')],
    ['a private key', inventory(NODE_1).replace(KEY, '-----BEGIN OPENSSH PRIVATE KEY-----')],
  ];
  for (const [name, text] of cases) {
    test(name, async (t) => {
      const { build, write, snapshot } = await project(t, inventory(NODE_1));
      await build();
      const before = snapshot();
      await write(text);
      await assert.rejects(build(), (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /^\S*nodes\.yaml:\d+:\d+: /);
        return true;
      });
      assert.deepEqual(snapshot(), before);
    });
  }

  test('no nodes.yaml, and one that is not text', async (t) => {
    const { build, path, snapshot } = await project(t, inventory(NODE_1));
    await build();
    const before = snapshot();
    await assert.rejects(build({ inventory: path('other.yaml') }), /no such file/);
    await writeFile(path('nodes.yaml'), Buffer.from([0xff, 0xfe, 0]));
    await assert.rejects(build(), /is not UTF-8 text/);
    assert.deepEqual(snapshot(), before);
  });

  test("an --out folder with another program's manifest.json", async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await mkdir(path('app/src'), { recursive: true });
    await writeFile(path('app/manifest.json'), '{"name": "an app for the web"}');
    await assert.rejects(build({ out: path('app') }), /was not made by/);
    assert.deepEqual(readdirSync(path('app')), ['manifest.json', 'src']);
  });

  for (const folder of ['media', 'state', 'secrets']) {
    test(`${folder}/ in --out, which a build clears of what is stale`, async (t) => {
      const { build, path } = await project(t, inventory(NODE_1));
      await build();
      await mkdir(path(`dist/${folder}`));
      await writeFile(path(`dist/${folder}/x`), 'dear');
      const refused = build({ [folder]: path(`dist/${folder}`) });
      await assert.rejects(
        refused,
        /--out \S*dist contains \S*, which a build would delete as stale/,
      );
      assert.equal(readFileSync(path(`dist/${folder}/x`), 'utf8'), 'dear');
    });
  }

  test('a file, and a link to nowhere, as --out', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await writeFile(path('file'), 'precious');
    await assert.rejects(
      build({ out: path('file') }),
      /file cannot be written: something else.*\n {2}hint: give another folder$/,
    );
    await symlink('nowhere', path('link'));
    await assert.rejects(build({ out: path('link') }), /link cannot be written: .*a dangling link/);
    assert.equal(readFileSync(path('file'), 'utf8'), 'precious');
  });

  test('a place that takes no folders, as --out', {
    skip: !existsSync('/proc/self'),
  }, async (t) => {
    const { build } = await project(t, inventory(NODE_1));
    await assert.rejects(
      build({ out: '/proc/homepbp' }),
      /^UserError: \/proc\/homepbp cannot be written: no folder can be made there\n {2}hint: give another folder$/,
    );
  });

  test('iPXE binaries that cannot be read', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await mkdir(path('media/ipxe/ipxe.efi'), { recursive: true });
    await assert.rejects(build(), {
      name: 'UserError',
      message: /ipxe\.efi cannot be read: it is/,
    });
  });

  test('a folder that we did not build as --out', async (t) => {
    const { build, path } = await project(t, inventory(NODE_1));
    await mkdir(path('photos'));
    await writeFile(path('photos/cat.jpg'), 'meow');
    await assert.rejects(build({ out: path('photos') }), /was not made by/);
    assert.deepEqual(readdirSync(path('photos')), ['cat.jpg']);
  });
});
