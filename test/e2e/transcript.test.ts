import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Transcript } from './transcript.ts';

test('a wait sees what was said before it and what comes in pieces', async () => {
  const said = new Transcript('console');
  said.append('SeaBIOS\nNext ser');
  const before = await said.waitFor(/SeaBIOS/, 1);
  const later = said.waitFor(/Next server: (\S+)/, 1, before.end);
  said.append('ver: 10.77.0.1\n');
  const found = await later;
  assert.equal(found.match[1], '10.77.0.1');
  assert.equal(said.text.slice(0, found.end), 'SeaBIOS\nNext server: 10.77.0.1');
});

test('a wait from a point does not see what was said before that point', async () => {
  const said = new Transcript('console');
  said.append('reboot in 5 s\n');
  const { end } = await said.waitFor(/reboot in/, 1);
  await assert.rejects(said.waitFor(/reboot in/, 0.01, end), /console: no .* within 0\.01 s/);
});

test('terminal control is taken out, also where a chunk ends inside of it', () => {
  const said = new Transcript('console');
  for (const chunk of ['\x1b[2J\x1b[1;1HBds', 'Dxe\x1b', '[0', 'm: starting\r\n'])
    said.append(chunk);
  assert.equal(said.text, 'BdsDxe: starting\n');
});

test('when the speaker ends, open and later waits fail at once with its last words', async () => {
  const said = new Transcript('qemu');
  said.append('could not open disk\n');
  const open = said.waitFor(/login:/, 60);
  said.end('1');
  await assert.rejects(open, /qemu ended \(1\) before \/login:\/\n {4}\| could not open disk/);
  await assert.rejects(said.waitFor(/login:/, 60), /qemu ended without/);
  assert.equal((await said.waitFor(/disk/, 60)).match[0], 'disk');
});
