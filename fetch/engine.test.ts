import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Wanted } from './download.ts';
import { Engine, type EngineOptions } from './engine.ts';
import { openHttp } from './http.ts';
import { NO_PROGRESS } from './progress.ts';
import {
  type Answer,
  answerStatus,
  breakOffAfter,
  inTurn,
  type Publisher,
  publish,
  SOON,
  serveFile,
} from './web-server.trial.ts';

/** Larger than a socket's buffer, no two blocks alike. */
const ROOTFS = Buffer.concat(
  Array.from({ length: 65_536 }, (_, at) => createHash('sha512').update(`${at}`).digest()),
);
const PATH = 'os/24.04-amd64/rootfs.squashfs';

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function wanted(url: string, content: Uint8Array = ROOTFS, path = PATH): Wanted {
  return { path, url, size: content.length, sha256: sha256(content) };
}

interface Trial extends Publisher {
  readonly media: string;
  /** Fetches as one run of the command would. */
  fetch(files: readonly Wanted[], options?: Partial<EngineOptions>): ReturnType<Engine['fetchAll']>;
  read(path?: string): Buffer;
  /** The files of media/ but for the index. */
  files(): string[];
}

async function openTrial(t: TestContext, answers: Record<string, Answer>): Promise<Trial> {
  const publisher = await publish(t, answers);
  const media = mkdtempSync(join(tmpdir(), 'homepbp-fetch-'));
  t.after(() => rmSync(media, { recursive: true }));
  return {
    ...publisher,
    media,
    async fetch(files, options = {}) {
      const http = openHttp({ ...SOON, signal: options.signal });
      const base = { media, http, progress: NO_PROGRESS, retry: SOON.retry };
      try {
        return await (await Engine.open({ ...base, ...options })).fetchAll(files);
      } finally {
        await http.close();
      }
    },
    read: (path = PATH) => readFileSync(join(media, path)),
    files: () =>
      readdirSync(media, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name !== '.verified.json')
        .map((entry) => join(entry.parentPath, entry.name).slice(media.length + 1))
        .sort(),
  };
}

test('a file arrives under its name, and nothing else is left', async (t) => {
  const trial = await openTrial(t, { '/f': serveFile(ROOTFS) });
  const fetched = await trial.fetch([wanted(`${trial.base}/f`)]);
  assert.deepEqual(fetched, { files: 1, bytes: ROOTFS.length, present: 0 });
  assert.deepEqual(trial.read(), ROOTFS);
  assert.deepEqual(trial.files(), [PATH]);
});

test('files that are present are not requested again', async (t) => {
  const trial = await openTrial(t, { '/f': serveFile(ROOTFS) });
  await trial.fetch([wanted(`${trial.base}/f`)]);
  assert.equal((await trial.fetch([wanted(`${trial.base}/f`)])).present, 1);
  assert.equal(trial.asked.length, 1);
});

test('an empty file is a file', async (t) => {
  const empty = Buffer.alloc(0);
  const trial = await openTrial(t, { '/f': serveFile(empty) });
  await trial.fetch([wanted(`${trial.base}/f`, empty)]);
  assert.deepEqual(trial.read(), empty);
});

test('a broken transfer resumes where it was', async (t) => {
  const broken = breakOffAfter(ROOTFS, 1_500_000);
  const trial = await openTrial(t, { '/f': inTurn(broken, broken, serveFile(ROOTFS)) });
  await trial.fetch([wanted(`${trial.base}/f`)]);
  assert.deepEqual(trial.read(), ROOTFS);
  const starts = trial.asked.map(({ range }) =>
    Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0),
  );
  const [first = 0, second = 0, third = 0] = starts;
  assert.equal(starts.length, 3);
  assert.ok(first === 0 && second > 0 && third > second && third <= 3_000_000, `${starts}`);
});

test('a later run resumes where an earlier one stopped', async (t) => {
  const stop = new AbortController();
  const stall: Answer = (_, response) => {
    response.writeHead(200, { etag: '"1"', 'content-length': ROOTFS.length });
    response.write(ROOTFS.subarray(0, 1000));
  };
  const length = (bytes: number) => bytes > 0 && stop.abort(new Error('stopped'));
  const progress = { ...NO_PROGRESS, add: () => ({ ...NO_PROGRESS.add('', 0), length }) };
  const trial = await openTrial(t, { '/f': inTurn(stall, serveFile(ROOTFS)) });
  const file = wanted(`${trial.base}/f`);
  await assert.rejects(trial.fetch([file], { signal: stop.signal, progress }), /^Error: stopped$/);
  assert.deepEqual(trial.files(), [`${PATH}.part`, `${PATH}.part.json`]);
  await trial.fetch([file]);
  assert.deepEqual(trial.read(), ROOTFS);
  assert.equal(trial.asked[1]?.range, 'bytes=1000-');
});

/** Leaves a part as an earlier run would, and says how it was got. */
function leavePart(trial: Trial, bytes: Uint8Array, validator: string | null = '"1"') {
  mkdirSync(join(trial.media, 'os/24.04-amd64'), { recursive: true });
  const origin = { sha256: sha256(ROOTFS), url: `${trial.base}/f`, validator };
  writeFileSync(join(trial.media, `${PATH}.part`), bytes);
  writeFileSync(join(trial.media, `${PATH}.part.json`), JSON.stringify(origin));
}

test('a server that ignores Range is handled', async (t) => {
  const whole: Answer = (_, response) => response.writeHead(200).end(ROOTFS);
  const trial = await openTrial(t, { '/f': whole });
  leavePart(trial, ROOTFS.subarray(0, 1000));
  await trial.fetch([wanted(`${trial.base}/f`)]);
  assert.deepEqual(trial.read(), ROOTFS);
});

test('gives up on a server that ignores Range and always disconnects', async (t) => {
  const trial = await openTrial(t, {
    '/f': (request, response) => {
      delete request.headers.range;
      breakOffAfter(ROOTFS, 100_000)(request, response);
    },
  });
  await assert.rejects(trial.fetch([wanted(`${trial.base}/f`)]), /the connection was lost/);
  assert.equal(trial.asked.length, SOON.retry?.attempts);
});

test('a file that changed since the part was made is sent whole, by If-Range', async (t) => {
  const trial = await openTrial(t, { '/f': serveFile(ROOTFS, '"2"') });
  leavePart(trial, Buffer.alloc(1000, 'x'));
  await trial.fetch([wanted(`${trial.base}/f`)]);
  assert.deepEqual(trial.read(), ROOTFS);
  assert.equal(trial.asked.length, 1);
});

test('If-Range names a strong validator, and only to the URL that gave it', async (t) => {
  const asked: unknown[] = [];
  const answer: Answer = (request, response) => {
    asked.push(request.headers['if-range']);
    serveFile(ROOTFS)(request, response);
  };
  const weak = inTurn(breakOffAfter(ROOTFS, 1_500_000, 'W/"1"'), answer);
  const trial = await openTrial(t, { '/f': answer, '/mirror': answer, '/weak': weak });
  for (const path of ['f', 'mirror', 'weak']) {
    rmSync(join(trial.media, PATH), { force: true });
    if (path !== 'weak') leavePart(trial, ROOTFS.subarray(0, 1000));
    await trial.fetch([wanted(`${trial.base}/${path}`)]);
    assert.deepEqual(trial.read(), ROOTFS);
  }
  assert.deepEqual(asked, ['"1"', undefined, undefined]);
});

test('a part that was damaged on the disk is started over', async (t) => {
  const trial = await openTrial(t, { '/f': serveFile(ROOTFS) });
  leavePart(trial, Buffer.alloc(1000, 'x'));
  await trial.fetch([wanted(`${trial.base}/f`)]);
  assert.deepEqual(trial.read(), ROOTFS);
  assert.deepEqual(
    trial.asked.map(({ range }) => range),
    ['bytes=1000-', undefined],
  );
});

test('a complete part needs no request', async (t) => {
  const trial = await openTrial(t, {});
  leavePart(trial, ROOTFS);
  await trial.fetch([wanted(`${trial.base}/f`)]);
  assert.deepEqual(trial.read(), ROOTFS);
  assert.equal(trial.asked.length, 0);
});

test('a part of another file, of unknown origin or too long is discarded', async (t) => {
  const trial = await openTrial(t, { '/f': serveFile(ROOTFS) });
  const leave = [
    () => leavePart(trial, Buffer.concat([ROOTFS, Buffer.from('more')])),
    () => {
      leavePart(trial, ROOTFS.subarray(0, 10));
      writeFileSync(join(trial.media, `${PATH}.part.json`), '{"sha256":"');
    },
    () => {
      leavePart(trial, ROOTFS.subarray(0, 10));
      rmSync(join(trial.media, `${PATH}.part.json`));
    },
  ];
  for (const prepare of leave) {
    prepare();
    await trial.fetch([wanted(`${trial.base}/f`)]);
    assert.equal(trial.asked.at(-1)?.range, undefined);
    assert.deepEqual(trial.read(), ROOTFS);
    rmSync(join(trial.media, PATH));
  }
  assert.equal(trial.asked.length, leave.length);
});

test('a server that sends a different range than requested is asked again', async (t) => {
  const shifted: Answer = (_, response) =>
    response
      .writeHead(206, { 'content-range': `bytes 5-${ROOTFS.length - 1}/${ROOTFS.length}` })
      .end(ROOTFS.subarray(5));
  const trial = await openTrial(t, { '/f': inTurn(shifted, serveFile(ROOTFS)) });
  leavePart(trial, ROOTFS.subarray(0, 1000));
  await trial.fetch([wanted(`${trial.base}/f`)]);
  assert.deepEqual(trial.read(), ROOTFS);
});

test('416 for a part starts over', async (t) => {
  const trial = await openTrial(t, { '/f': inTurn(answerStatus(416), serveFile(ROOTFS)) });
  leavePart(trial, ROOTFS.subarray(0, 1000));
  await trial.fetch([wanted(`${trial.base}/f`)]);
  assert.deepEqual(trial.read(), ROOTFS);
});

test('a wrong hash: nothing is kept, and the message names file and URL', async (t) => {
  const other = Buffer.alloc(ROOTFS.length, 'x');
  const trial = await openTrial(t, { '/f': serveFile(other) });
  await assert.rejects(trial.fetch([wanted(`${trial.base}/f`)]), {
    message: [
      `${PATH}: the file from ${trial.base}/f does not match media.lock.json`,
      `  expected sha256 ${sha256(ROOTFS)}`,
      `  received sha256 ${sha256(other)}`,
      '  hint: it was discarded; if the publisher replaced it, ./homepbp fetch --update pins the new one; otherwise it was changed on the way',
    ].join('\n'),
  });
  assert.deepEqual(trial.files(), []);
});

test('a wrong size is refused, announced or not', async (t) => {
  const longer = Buffer.concat([ROOTFS, Buffer.from('!')]);
  const unannounced: Answer = (_, response) => {
    response.write(ROOTFS);
    response.end('!');
  };
  for (const answer of [serveFile(longer), unannounced]) {
    const trial = await openTrial(t, { '/f': answer });
    const expected = new RegExp(
      `${PATH}: .*/f has ${longer.length} bytes, media.lock.json says ${ROOTFS.length}`,
    );
    await assert.rejects(trial.fetch([wanted(`${trial.base}/f`)]), expected);
    assert.ok(!existsSync(join(trial.media, PATH)));
    assert.equal(trial.asked.length, 1);
  }
});

test('a body that ends early without notice is resumed, then given up', async (t) => {
  const short: Answer = (_, response) => {
    response.write(ROOTFS.subarray(0, 1000));
    response.end(ROOTFS.subarray(1000, 2000));
  };
  const trial = await openTrial(t, { '/f': short });
  await assert.rejects(
    trial.fetch([wanted(`${trial.base}/f`)]),
    /ended after 2000 of 4194304 bytes\n {2}hint: run it again/,
  );
  assert.ok(!existsSync(join(trial.media, PATH)));
});

test('404 for one file: its group is withheld, other groups complete, the message names file and URL', async (t) => {
  const trial = await openTrial(t, {
    '/f': serveFile(ROOTFS),
    '/k': serveFile(Buffer.from('k3s')),
  });
  const files = [
    wanted(`${trial.base}/f`),
    wanted(`${trial.base}/gone`, Buffer.from('initrd'), 'os/24.04-amd64/initrd'),
    wanted(`${trial.base}/k`, Buffer.from('k3s'), 'k3s/v1.34.1+k3s1/k3s-amd64'),
  ];
  await assert.rejects(trial.fetch(files), {
    message: `os/24.04-amd64/initrd: ${trial.base}/gone: the server answered 404 Not Found\n  hint: the publisher no longer has it there: run ./homepbp fetch --update, or use a --mirror that has it`,
  });
  assert.deepEqual(trial.files(), [
    'k3s/v1.34.1+k3s1/k3s-amd64',
    `${PATH}.part`,
    `${PATH}.part.json`,
  ]);
});

test('a redirect loop is an error like the others', async (t) => {
  const trial = await openTrial(t, { '/f': answerStatus(302, { location: '/f' }) });
  await assert.rejects(trial.fetch([wanted(`${trial.base}/f`)]), (error: Error) => {
    assert.ok(error.message.startsWith(`${PATH}: ${trial.base}/f: too many redirects`));
    assert.match(error.message, /\n {2}hint: /);
    return true;
  });
  assert.ok(!existsSync(join(trial.media, PATH)));
});

test('a wrong file of the right size under the final name is removed at once', async (t) => {
  const trial = await openTrial(t, {});
  mkdirSync(join(trial.media, 'os/24.04-amd64'), { recursive: true });
  writeFileSync(join(trial.media, PATH), Buffer.alloc(ROOTFS.length, 'x'));
  await assert.rejects(trial.fetch([wanted(`${trial.base}/f`)]), /404/);
  assert.ok(!existsSync(join(trial.media, PATH)));
});

test('a known file that has changed without changing its length is detected', async (t) => {
  const trial = await openTrial(t, { '/f': serveFile(ROOTFS) });
  const file = wanted(`${trial.base}/f`);
  await trial.fetch([file]);
  const path = join(trial.media, PATH);
  writeFileSync(path, Buffer.alloc(ROOTFS.length));
  utimesSync(path, new Date(), new Date(Date.now() + 5000));
  await trial.fetch([file]);
  assert.deepEqual(trial.read(), ROOTFS);
  assert.equal(trial.asked.length, 2);
});

test('checks for space first, counting existing parts', async (t) => {
  const trial = await openTrial(t, { '/f': serveFile(ROOTFS) });
  leavePart(trial, ROOTFS.subarray(0, 100_000));
  const file = wanted(`${trial.base}/f`);
  const needed = ROOTFS.length - 100_000;
  await assert.rejects(trial.fetch([file], { freeBytes: async () => needed - 1 }), {
    message: `${trial.media}: 4.1 MB left to download, but only 4.1 MB free on that disk\n  hint: free some space (./homepbp fetch --prune removes what no inventory needs), or give another folder with --media`,
  });
  assert.equal(trial.asked.length, 0);
  await trial.fetch([file], { freeBytes: async () => needed });
  assert.deepEqual(trial.read(), ROOTFS);
});

test('no more transfers at a time than allowed', async (t) => {
  const names = Array.from({ length: 9 }, (_, at) => `/f${at}`);
  const waiting: (() => void)[] = [];
  let running = 0;
  let most = 0;
  // Nobody is answered before three have asked.
  const answer: Answer = (request, response) => {
    running += 1;
    most = Math.max(most, running);
    response.on('finish', () => {
      running -= 1;
    });
    waiting.push(() => serveFile(Buffer.from(request.url ?? ''))(request, response));
    if (waiting.length === 3) for (const go of waiting.splice(0)) go();
  };
  const trial = await openTrial(t, Object.fromEntries(names.map((name) => [name, answer])));
  const files = names.map((name) => wanted(trial.base + name, Buffer.from(name), `ipxe${name}`));
  await trial.fetch(files, { parallel: 3 });
  assert.equal(most, 3);
  assert.equal(trial.files().length, 9);
});

test('a file without a known hash is accepted as it arrives, and kept by a fetch that names it', async (t) => {
  const answer = inTurn(breakOffAfter(ROOTFS, 1000), serveFile(ROOTFS));
  const trial = await openTrial(t, { '/f': answer });
  const http = openHttp(SOON);
  t.after(() => http.close());
  const engine = await Engine.open({
    media: trial.media,
    http,
    progress: NO_PROGRESS,
    retry: SOON.retry,
  });
  const found = await engine.unpinned(`${trial.base}/f`, PATH, { maxBytes: 1e7 });
  assert.equal(found.sha256, sha256(ROOTFS));
  assert.deepEqual(readFileSync(found.path), ROOTFS);
  assert.ok(!existsSync(join(trial.media, PATH)));
  const file = { ...found, path: PATH, url: `${trial.base}/f` };
  assert.equal(await engine.verified(file), found.path);
  await engine.fetchAll([file]);
  assert.deepEqual(trial.read(), ROOTFS);
  assert.equal(await engine.verified(file), join(trial.media, PATH));
  assert.equal(trial.asked.length, 2);
});

test('a file without a known hash has a limit, and may be missing', async (t) => {
  const trial = await openTrial(t, { '/f': serveFile(ROOTFS) });
  const http = openHttp(SOON);
  t.after(() => http.close());
  const engine = await Engine.open({
    media: trial.media,
    http,
    progress: NO_PROGRESS,
    retry: SOON.retry,
  });
  await assert.rejects(
    engine.unpinned(`${trial.base}/f`, PATH, { maxBytes: 10 }),
    /larger than the 10 B/,
  );
  await assert.rejects(engine.unpinned(`${trial.base}/none`, PATH, { maxBytes: 10 }), {
    status: 404,
  });
});
