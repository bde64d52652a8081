// `fetch` as a process of its own that is killed, interrupted, or runs out of disk in mid-download.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MEDIA_LOCK, type MediaLock } from '../contract/media-lock.ts';
import { type Answer, inTurn, publish, serveFile } from '../fetch/web-server.trial.ts';

const LAUNCHER = join(import.meta.dirname, '../homepbp.mjs');
const ROOTFS = Buffer.concat(
  Array.from({ length: 131_072 }, (_, at) => createHash('sha512').update(`${at}`).digest()),
);
const FOLDER = 'os/24.04-amd64';
const HALF = ROOTFS.length / 2;

interface Project {
  readonly media: string;
  readonly rootfs: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly asked: readonly { readonly url: string; readonly range: string | undefined }[];
}

/** A project whose lock pins everything, so that only downloads are left to do. */
async function openProject(t: TestContext, answer: Answer): Promise<Project> {
  const small = Buffer.from('small');
  const { base, asked } = await publish(t, { '/rootfs': answer, '/small': serveFile(small) });
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-faults-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const media = join(folder, 'media');
  mkdirSync(join(media, FOLDER), { recursive: true });
  const inventory = join(folder, 'nodes.yaml');
  const nodes = 'nodes: [{ name: a, mac: 52:54:00:12:34:01 }]\n';
  writeFileSync(inventory, `os: { release: 24.04 }\n${nodes}`);
  writeFileSync(join(folder, MEDIA_LOCK), JSON.stringify(lockOf(base, small)));
  const { http_proxy: _, HTTP_PROXY: __, ...env } = process.env;
  return {
    media,
    rootfs: join(media, FOLDER, 'rootfs.squashfs'),
    args: [LAUNCHER, 'fetch', '--inventory', inventory, '--media', media],
    env,
    asked,
  };
}

function lockOf(base: string, small: Buffer): MediaLock {
  const file = (name: string, content: Buffer) => {
    const sha256 = createHash('sha256').update(content).digest('hex');
    return { url: `${base}/${name}`, size: content.length, sha256 };
  };
  const other = file('small', small);
  return {
    version: 1,
    resolved: {
      'os 24.04-amd64': '1',
      'k3s stable': 'v1.34.1+k3s1',
      ipxe: '2.0.0',
      'busybox amd64': '1',
    },
    files: {
      [`${FOLDER}/vmlinuz`]: other,
      [`${FOLDER}/initrd`]: other,
      [`${FOLDER}/rootfs.squashfs`]: file('rootfs', ROOTFS),
      'k3s/v1.34.1+k3s1/k3s-amd64': other,
      'busybox/amd64/busybox': other,
    },
    keys: {},
    dates: {},
  };
}

/** Sends the first half, and holds the rest back until it is told. */
function halting(): { answer: Answer; reached: Promise<ServerResponse> } {
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  const answer: Answer = (_, response) => {
    response.writeHead(200, { etag: '"1"', 'content-length': ROOTFS.length });
    response.write(ROOTFS.subarray(0, HALF), () => resolve(response));
  };
  return { answer, reached: promise };
}

/** Resolves when so many bytes of the file are in the folder. */
async function grown(path: string, bytes: number): Promise<void> {
  const isThere = () => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= bytes;
  if (isThere()) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(join(path, '..'), () => isThere() && resolve());
  if (isThere()) resolve();
  await promise;
  watcher.close();
}

/** A fetch that has started, and how it ends. The server is in this process: nothing may block it. */
function start(t: TestContext, { args, env }: Project) {
  const child = spawn(process.execPath, args, { env });
  t.after(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([status]) => ({ status: status as number, stderr }));
  return { child, ended };
}

for (const signal of ['SIGKILL', 'SIGINT'] as const) {
  test(`${signal} in mid-download: nothing under the final name, and the next run resumes`, async (t) => {
    const { answer } = halting();
    const project = await openProject(t, inTurn(answer, serveFile(ROOTFS)));
    const { child, ended } = start(t, project);
    await grown(`${project.rootfs}.part`, HALF - 1024 * 1024);
    child.kill(signal);
    const { status, stderr } = await ended;
    if (signal === 'SIGINT') {
      assert.equal(status, 1);
      assert.match(stderr, /stopped; run \.\/homepbp fetch to resume\n$/);
    }
    assert.ok(!existsSync(project.rootfs));
    const kept = statSync(`${project.rootfs}.part`).size;
    assert.ok(kept >= HALF - 1024 * 1024 && kept <= HALF, `${kept} of ${HALF} bytes were kept`);
    const again = await start(t, project).ended;
    assert.equal(again.status, 0, again.stderr);
    assert.deepEqual(readFileSync(project.rootfs), ROOTFS);
    const ranges = project.asked.flatMap(({ url, range }) => (url === '/rootfs' ? [range] : []));
    assert.deepEqual(ranges.slice(1), [`bytes=${kept}-`]);
  });
}

test('a disk that fills up in mid-download: a message, and no partial file', async (t) => {
  const { answer, reached } = halting();
  const project = await openProject(t, answer);
  const script = [
    `mount -t tmpfs -o size=${Math.round(ROOTFS.length * 1.5)} tmpfs "$1" || exit 77`,
    'mkdir -p "$1/os/24.04-amd64"; media=$1; shift; "$@" & pid=$!',
    'read line; dd if=/dev/zero of="$media/filler" bs=64k 2>/dev/null; echo filled',
    'wait $pid; echo "status $?"; cd "$media" && find . -type f',
  ].join('\n');
  const command = [process.execPath, ...project.args];
  const unshared = ['--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh'];
  const child = spawn('unshare', [...unshared, project.media, ...command], { env: project.env });
  t.after(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    if (stdout === 'filled\n') reached.then((response) => response.end(ROOTFS.subarray(HALF)));
  });
  const closed = once(child, 'close');
  const first = await Promise.race([reached, closed]);
  if (Array.isArray(first)) {
    assert.notEqual(process.env.HOMEPBP_REQUIRE_TOOLS, '1', stderr);
    return t.skip(`no mount namespaces here: ${stderr}`);
  }
  child.stdin.end('\n');
  await closed;
  assert.match(stdout, /^status 1$/m, stderr);
  assert.match(stderr, /rootfs.squashfs.part cannot be written: the disk is full\n {2}hint: free/);
  const names = stdout.split('\n').filter((line) => line.startsWith('./os/'));
  assert.deepEqual(
    names.filter((name) => !/\.part(\.json)?$/.test(name)),
    [],
  );
});
