import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { constants, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadTryLock } from './kernel-lock.ts';
import { type LockOptions, withLock } from './lock.ts';

/** What a NAS mount answers. */
function cannotLock(): never {
  throw Object.assign(new Error('operation not supported'), { code: 'ENOTSUP' });
}

const refused: LockOptions['refused'] = ({ name, leftover }) =>
  new Error(`${name} has it; leftover: ${leftover}`);

interface Way {
  readonly name: string;
  readonly options: LockOptions;
  /** What a child of the test passes as its options. */
  readonly child: string;
  /** Where the holder's name is. */
  readonly file: (path: string) => string;
}

const quiet = { refused, say: () => {} };

const WAYS: readonly Way[] = [
  {
    name: "the kernel's lock",
    options: { wait: 10_000, ...quiet },
    child: '{}',
    file: (path) => path,
  },
  {
    name: 'an exclusive file',
    options: { wait: 10_000, ...quiet, tryLock: cannotLock },
    child: "{ tryLock: new Error('not here') }",
    file: (path) => `${path}.held`,
  },
];

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-lock-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a script that has `take(path, work)` and the words; `take` says nothing of what it lacks. */
function run(t: TestContext, way: Way, script: string, ...words: readonly string[]): ChildProcess {
  const text = `
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
    const words = process.argv.slice(1);
    const options = { wait: 20_000, refused: () => new Error('refused'), say: () => {}, ...${way.child} };
    const take = (path, work) => withLock(path, options, work);
    ${script}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', text, ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

const HOLD = `await take(words[0], async () => {
  process.stdout.write('held\\n');
  for await (const _ of process.stdin);
});`;

async function holder(t: TestContext, way: Way, path: string): Promise<ChildProcess> {
  const child = run(t, way, HOLD, path);
  assert.ok(child.stdout);
  await once(child.stdout, 'data');
  return child;
}

const nothing = async () => {};

test("the kernel's lock is here: the package has a binary for this computer", () => {
  assert.equal(typeof loadTryLock(), 'function');
});

for (const way of WAYS) {
  test(`${way.name}: names its holder while it is held`, async (t) => {
    const path = join(scratch(t), 'new', 'lock');
    const text = await withLock(path, way.options, async () =>
      readFileSync(way.file(path), 'utf8'),
    );
    assert.ok(text.startsWith(`${process.pid} ${hostname()}`), text);
    assert.equal(await withLock(path, way.options, async () => 'again'), 'again');
    assert.equal(existsSync(way.file(path)) ? readFileSync(way.file(path), 'utf8') : '', '');
  });

  test(`${way.name}: is released when the work fails`, async (t) => {
    const path = join(scratch(t), 'lock');
    const fail = () => Promise.reject(new Error('work'));
    await assert.rejects(withLock(path, way.options, fail), /^Error: work$/);
    await withLock(path, { ...way.options, wait: 0 }, nothing);
  });

  test(`${way.name}: excludes two calls of one process`, async (t) => {
    const path = join(scratch(t), 'lock');
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise(setImmediate);
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(path, way.options, work)));
    assert.deepEqual([most, inside], [1, 0]);
    await withLock(path, way.options, async () => {
      const again = withLock(path, { ...way.options, wait: 0 }, nothing);
      await assert.rejects(again, new RegExp(`process ${process.pid} has it`));
    });
  });

  test(`${way.name}: waits for another process, but not forever`, async (t) => {
    const path = join(scratch(t), 'lock');
    const child = await holder(t, way, path);
    await assert.rejects(
      withLock(path, { ...way.options, wait: 120 }, nothing),
      new RegExp(`process ${child.pid} has it`),
    );
    const waited = withLock(path, way.options, async () => 'had');
    child.stdin?.end();
    assert.equal(await waited, 'had');
  });

  test(`${way.name}: a killed holder frees it`, async (t) => {
    const path = join(scratch(t), 'lock');
    const child = await holder(t, way, path);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(await withLock(path, { ...way.options, wait: 0 }, async () => 'had'), 'had');
  });

  test(`${way.name}: a holder ended by a signal leaves no exclusive file`, async (t) => {
    const folder = scratch(t);
    const child = await holder(t, way, join(folder, 'lock'));
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM']);
    assert.equal(existsSync(join(folder, 'lock.held')), false);
  });

  // The first of them find what a killed one left.
  test(`${way.name}: exactly one of several concurrent processes has it`, {
    timeout: 120_000,
  }, async (t) => {
    const folder = scratch(t);
    const path = join(folder, 'lock');
    const dead = await holder(t, way, path);
    dead.kill('SIGKILL');
    await once(dead, 'exit');
    const script = `
      import { readFileSync, writeFileSync } from 'node:fs';
      const [path, count] = words;
      process.stdout.write('ready\\n');
      await new Promise((go) => process.stdin.once('data', go));
      for (let n = 0; n < 25; n++) {
        await take(path, async () => {
          const before = Number(readFileSync(count, 'utf8'));
          await new Promise(setImmediate);
          writeFileSync(count, String(before + 1));
        });
      }
      process.exit(0);`;
    const count = join(folder, 'count');
    writeFileSync(count, '0');
    const children = Array.from({ length: 4 }, () => run(t, way, script, path, count));
    await Promise.all(children.map(({ stdout }) => stdout && once(stdout, 'data')));
    const ends = children.map((child) => once(child, 'exit'));
    for (const child of children) child.stdin?.write('go\n');
    assert.deepEqual(
      (await Promise.all(ends)).map(([code]) => code),
      [0, 0, 0, 0],
    );
    assert.equal(readFileSync(count, 'utf8'), '100');
  });

  test(`${way.name}: its own folder is private, and removed if otherwise empty`, async (t) => {
    const folder = join(scratch(t), 'own');
    const path = join(folder, 'lock');
    const options = { ...way.options, ownFolder: true };
    await withLock(path, options, nothing);
    assert.ok(!existsSync(folder));
    let most = 0;
    let inside = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise(setImmediate);
      inside--;
    };
    // The folder comes and goes between others' looks at it: a few rounds, so that every moment is met.
    for (let round = 0; round < 5; round++) {
      await Promise.all(Array.from({ length: 10 }, () => withLock(path, options, work)));
      assert.deepEqual([most, existsSync(folder)], [1, false]);
    }
    await withLock(path, options, async () => writeFileSync(join(folder, 'kept'), ''));
    assert.deepEqual(
      readdirSync(folder).filter((name) => name !== 'lock'),
      ['kept'],
    );
  });

  test(`${way.name}: without a lock file, the caller decides`, async (t) => {
    const folder = scratch(t);
    writeFileSync(join(folder, 'file'), '');
    const path = join(folder, 'file/below/lock');
    const codes: unknown[] = [];
    const unwritable = (cause: unknown) => {
      codes.push((cause as NodeJS.ErrnoException).code);
      return null;
    };
    assert.equal(await withLock(path, { ...way.options, unwritable }, async () => 'done'), 'done');
    assert.deepEqual(codes, ['ENOTDIR']);
    await assert.rejects(withLock(path, way.options, nothing), { code: 'ENOTDIR' });
    const words = () => new Error('in words');
    await assert.rejects(
      withLock(path, { ...way.options, unwritable: words }, nothing),
      /in words/,
    );
  });
}

test('a lock on a file that was removed meanwhile does not count', async (t) => {
  const folder = join(scratch(t), 'own');
  const path = join(folder, 'lock');
  const kernel = loadTryLock();
  assert.ok(typeof kernel === 'function');
  let looks = 0;
  const tryLock = (fd: number) => {
    if (++looks === 1) rmSync(folder, { recursive: true });
    return kernel(fd);
  };
  await withLock(path, { wait: 10_000, ...quiet, tryLock }, async () => {
    await assert.rejects(withLock(path, { wait: 0, ...quiet }, nothing), /has it/);
  });
  assert.equal(looks, 2);
});

test("a lock file made by root belongs to the folder's owner", {
  skip: process.geteuid?.() === 0 ? false : 'needs root',
}, async (t) => {
  const folder = scratch(t);
  chownSync(folder, 12345, 54321);
  await withLock(join(folder, 'lock'), { wait: 0, ...quiet }, nothing);
  const { uid, gid } = statSync(join(folder, 'lock'));
  assert.deepEqual([uid, gid], [12345, 54321]);
});

test('a link in place of the lock file is not followed: its target would be emptied', async (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, 'dear'), 'text');
  symlinkSync('dear', join(folder, 'lock'));
  const [kernel] = WAYS;
  assert.ok(kernel);
  await assert.rejects(withLock(join(folder, 'lock'), kernel.options, nothing), { code: 'ELOOP' });
  assert.equal(readFileSync(join(folder, 'dear'), 'utf8'), 'text');
});

test('a failure to lock is reported once, with the reason and the file used instead', async (t) => {
  const path = join(scratch(t), 'lock');
  const notes: string[] = [];
  const say = (note: string) => notes.push(note);
  for (const code of [`Unknown system error -${constants.errno.ENOLCK}`, 'ENOTSUP']) {
    const tryLock = () => {
      throw Object.assign(new Error(), { code });
    };
    await withLock(path, { wait: 0, refused, say, tryLock }, nothing);
  }
  assert.deepEqual(notes, [
    `note: ${path} cannot be locked here (ENOLCK); using ${path}.held instead`,
  ]);
});

test('a new folder survives a power cut, unless it is only for the lock', async (t) => {
  const folder = scratch(t);
  const handle = await open(folder);
  await handle.close();
  const synced: number[] = [];
  t.mock.method(Object.getPrototypeOf(handle), 'sync', async function (this: FileHandle) {
    synced.push((await this.stat()).ino);
  });
  const options = { wait: 0, ...quiet };
  await withLock(join(folder, 'own/lock'), { ...options, ownFolder: true }, async () => {});
  await withLock(join(folder, 'kept/lock'), options, async () => {});
  assert.deepEqual(synced, [statSync(folder).ino]);
});

test('other errors are not mistaken for locking errors', async (t) => {
  const tryLock = () => {
    throw Object.assign(new Error(), { code: 'EIO' });
  };
  const lock = withLock(join(scratch(t), 'lock'), { wait: 0, ...quiet, tryLock }, nothing);
  await assert.rejects(lock, { code: 'EIO' });
});

/** A lock by an exclusive file, and what that says while we hold it. */
async function exclusiveLock(t: TestContext) {
  const [, exclusive] = WAYS;
  assert.ok(exclusive);
  const path = join(scratch(t), 'lock');
  const file = exclusive.file(path);
  const options = { ...exclusive.options, wait: 0 };
  const own = await withLock(path, options, async () => readFileSync(file, 'utf8'));
  return { path, file, options, own };
}

test('an exclusive file is taken over only from a process that is certainly dead', async (t) => {
  const { path, file, options, own } = await exclusiveLock(t);
  const [, host = '', space = '', token = ''] = own.trim().split(' ');
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const left = (...words: unknown[]) => writeFileSync(file, `${words.join(' ')}\n`);

  left(dead, host, space, token);
  await withLock(path, options, nothing);
  // An earlier process with our own id, as the first one in a container always has.
  left(process.pid, host, space, token);
  await withLock(path, options, nothing);
  assert.ok(!existsSync(file));

  const kept: readonly [unknown[], RegExp][] = [
    [[dead, 'elsewhere', space, token], new RegExp(`^Error: process ${dead} on elsewhere has it`)],
    [[dead, host, 'another-boot', token], new RegExp(`^Error: process ${dead} has it`)],
    [[process.ppid, host, space, token], new RegExp(`^Error: process ${process.ppid} has it`)],
    [['', host, space, token], /^Error: an unknown process has it/],
    [['nonsense'], /^Error: an unknown process has it/],
    [[], /^Error: an unknown process has it/],
  ];
  for (const [words, message] of kept) {
    left(...words);
    const before = readFileSync(file, 'utf8');
    await assert.rejects(withLock(path, options, nothing), (error: Error) => {
      assert.match(String(error), message);
      assert.ok(error.message.endsWith(`leftover: ${file}`));
      return true;
    });
    assert.equal(readFileSync(file, 'utf8'), before);
  }
});

test('a leftover that another process is removing is left to that one', async (t) => {
  const { path, file, options, own } = await exclusiveLock(t);
  const token = own.trim().split(' ')[3];
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const text = own.replace(/^\d+/, `${dead}`);
  writeFileSync(file, text);
  mkdirSync(`${file}.${token}`);
  await assert.rejects(withLock(path, options, nothing), new RegExp(`process ${dead} has it`));
  assert.equal(readFileSync(file, 'utf8'), text);
});

test('only one of several processes takes over what a killed one left', {
  timeout: 120_000,
}, async (t) => {
  const [, exclusive] = WAYS;
  assert.ok(exclusive);
  const folder = scratch(t);
  const own = await withLock(join(folder, 'own'), exclusive.options, async () =>
    readFileSync(join(folder, 'own.held'), 'utf8'),
  );
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const all = Array.from({ length: 100 }, (_, n) => n);
  for (const n of all) writeFileSync(join(folder, `${n}.held`), own.replace(/^\d+/, `${dead}`));
  // Each file at a moment of its own, which all of them wait for.
  const script = `
    options.wait = 0;
    const [folder] = words;
    process.stdout.write('ready\\n');
    const start = Number(await new Promise((go) => process.stdin.once('data', go)));
    const got = [];
    const release = Promise.withResolvers();
    for (let n = 0; n < ${all.length}; n++) {
      while (Date.now() < start + 10 * n);
      const has = Promise.withResolvers();
      const work = () => (got.push(n), has.resolve(), release.promise);
      take(folder + '/' + n, work).catch(has.resolve);
      await has.promise;
    }
    process.stdout.write(JSON.stringify(got) + '\\n');
    process.stdin.on('data', () => process.exit(0));`;
  const children = Array.from({ length: 4 }, () => run(t, exclusive, script, folder));
  const said = () =>
    children.map(async ({ stdout }) => stdout && String((await once(stdout, 'data'))[0]));
  await Promise.all(said());
  const lists = Promise.all(said());
  const start = Date.now() + 50;
  for (const child of children) child.stdin?.write(`${start}\n`);
  const got = (await lists).flatMap((text): number[] => JSON.parse(text ?? ''));
  assert.deepEqual(
    got.toSorted((a, b) => a - b),
    all,
  );
});
