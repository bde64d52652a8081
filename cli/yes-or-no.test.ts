import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { Screen } from './screen.ts';
import { yesOrNo } from './yes-or-no.ts';

/** Asks; gives the terminal, what was written to it, and the answer to come. */
function ask(mayRead: () => boolean = () => true) {
  let written = '';
  const input = new PassThrough();
  const stopping = new AbortController();
  const screen = new Screen((text) => {
    written += text;
  });
  const answer = yesOrNo('Fetch it?', { input, screen, signal: stopping.signal, mayRead });
  return { input, stopping, screen, answer, written: () => written };
}

test('yes, Enter and no', async () => {
  for (const [line, means] of [
    ['y\n', true],
    [' YES \n', true],
    ['\n', true],
    ['n\n', false],
    ['No\n', false],
  ] as const) {
    const { input, answer, written } = ask();
    input.write(line);
    assert.equal(await answer, means, line);
    assert.equal(written(), 'Fetch it? [Y/n] ');
  }
});

test('anything else is asked again', async () => {
  const { input, answer, written } = ask();
  input.write('what?\nn\n');
  assert.equal(await answer, false);
  assert.equal(written(), 'Fetch it? [Y/n] Fetch it? [Y/n] ');
});

test('a closed terminal, one of somebody else, and the end of the program mean no', async () => {
  const closed = ask();
  closed.input.end();
  assert.equal(await closed.answer, false);
  const gone = ask();
  gone.input.destroy(Object.assign(new Error('read EIO'), { code: 'EIO' }));
  assert.equal(await gone.answer, false);
  const foreign = ask(() => false);
  assert.deepEqual([await foreign.answer, foreign.written()], [false, '']);
  const ended = ask();
  ended.stopping.abort();
  assert.equal(await ended.answer, false);
});

test('who goes on in the background no longer reads the terminal', async () => {
  let mine = true;
  const { answer } = ask(() => mine);
  process.emit('SIGCONT', 'SIGCONT');
  mine = false;
  process.emit('SIGCONT', 'SIGCONT');
  assert.equal(await answer, false);
  assert.equal(process.listenerCount('SIGCONT'), 0);
});

test('lines that come meanwhile are printed above the question', async () => {
  const { input, screen, answer, written } = ask();
  screen.print('a machine\n');
  assert.equal(written(), 'Fetch it? [Y/n] \r\u001b[Ka machine\nFetch it? [Y/n] ');
  input.write('\n');
  await answer;
  screen.print('another\n');
  assert.match(written(), /\[Y\/n\] another\n$/);
  input.destroy();
  await once(input, 'close');
});
