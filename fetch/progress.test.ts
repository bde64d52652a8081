import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { formatBytes } from '../messages/bytes.ts';
import { formatSeconds, openProgress, totalLine } from './progress.ts';
import { Speed } from './speed.ts';

/** A stream that keeps what is written, and a clock that the test moves. */
function openTrial(t: TestContext, terminal: { columns: number } | null) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let time = 0;
  let written = '';
  const write = (text: string) => {
    written += text;
    return true;
  };
  const stream = terminal === null ? { write } : { write, isTTY: true, rows: 24, ...terminal };
  const progress = openProgress(stream, () => time);
  t.after(() => progress.close());
  return {
    progress,
    pass(milliseconds: number) {
      time += milliseconds;
      t.mock.timers.tick(milliseconds);
    },
    /** What came since the last look. */
    take() {
      const text = written;
      written = '';
      return text;
    },
  };
}

test('a log gets a line for each file, and one every ten seconds', (t) => {
  const { progress, pass, take } = openTrial(t, null);
  progress.expect(100_000_000);
  const bar = progress.add('os/24.04-amd64/rootfs.squashfs', 100_000_000);
  bar.length(20_000_000); // as an earlier run left it
  for (let second = 1; second <= 10; second += 1) {
    bar.length(20_000_000 + second * 2_000_000);
    pass(1000);
  }
  assert.equal(take(), '40 MB of 100 MB, 2.0 MB/s, 30 s left\n');
  bar.length(100_000_000);
  bar.done();
  bar.remove();
  assert.equal(take(), 'fetched os/24.04-amd64/rootfs.squashfs (100 MB)\n');
  pass(60_000);
  assert.equal(take(), '', 'nothing is under way any more');
});

test('a terminal shows each transfer and all together, no line wider than it is', (t) => {
  for (const columns of [40, 80, 200]) {
    const { progress, pass, take } = openTrial(t, { columns });
    progress.expect(300e6);
    const path = 'os/24.04-amd64/debs/linux-modules-extra-6.8.0-63-generic_6.8.0-63.66_amd64.deb';
    progress.add(path, 200e6).length(50e6);
    progress.add('ipxe/ipxeboot-2.0.0.tar.gz', null).length(1e6);
    pass(100);
    const lines = take()
      .replaceAll(/\u001b(\[[?\d;]*[A-Za-z]|[78])/g, '')
      .split('\n')
      .filter((line) => line !== '');
    assert.equal(lines.length, 3, lines.join('\n'));
    for (const line of lines) assert.ok(line.length < columns, `${line.length} < ${columns}`);
    if (columns === 200)
      assert.match(lines[0] ?? '', /_amd64\.deb {2,}\[#{5}-{15}\] {2}25 % +50 MB of 200 MB$/);
    progress.close();
    t.mock.timers.reset();
  }
});

test('what is drawn makes room for a line of somebody else, and comes back', (t) => {
  const { progress, pass, take } = openTrial(t, { columns: 80 });
  progress.add('a', 100).length(10);
  pass(100);
  take();
  progress.clear();
  assert.match(take(), /\u001b\[\d*[KJG]/, 'it is erased');
  pass(100);
  assert.match(take(), /10 B of 100 B/);
});

test('figures for somebody else to show', (t) => {
  const { progress, pass } = openTrial(t, null);
  const bar = progress.add('a', 100);
  assert.deepEqual(progress.figures(), {
    ...{ bytes: 0, totalBytes: null, bytesPerSecond: 0, paths: ['a'] },
  });
  progress.expect(400);
  bar.length(0);
  pass(1000);
  bar.length(50);
  pass(1000);
  const { bytes, totalBytes, bytesPerSecond } = progress.figures();
  assert.deepEqual([bytes, totalBytes, bytesPerSecond], [50, 400, 50]);
});

test('a transfer that failed no longer counts', (t) => {
  const { progress, pass, take } = openTrial(t, null);
  const bar = progress.add('a', 100);
  progress.add('b', 100).length(10);
  bar.length(50);
  bar.remove();
  pass(10_000);
  assert.equal(take(), '10 B, 0 B/s\n');
});

test('speed covers the last few seconds', () => {
  const speed = new Speed();
  speed.add(1000, 100);
  assert.equal(speed.at(1100), 1000);
  for (let at = 1100; at < 10_000; at += 100) speed.add(50, at);
  assert.equal(Math.round(speed.at(10_000) / 50), 10);
  assert.equal(speed.at(20_000), 0);
});

test('numbers as people read them', () => {
  const sizes = [0, 999, 1000, 9949, 9950, 999_499, 999_500, 380e6, 1.94e9];
  assert.deepEqual(sizes.map(formatBytes), [
    '0 B',
    '999 B',
    '1.0 kB',
    '9.9 kB',
    '10 kB',
    '999 kB',
    '1.0 MB',
    '380 MB',
    '1.9 GB',
  ]);
  assert.deepEqual([0.2, 59, 60, 200, 3600, 7500].map(formatSeconds), [
    '1 s',
    '59 s',
    '1 min 0 s',
    '3 min 20 s',
    '1 h 0 min',
    '2 h 5 min',
  ]);
  assert.equal(totalLine(5, 10, 0), '5 B of 10 B, 0 B/s');
});
