import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitUntilUp } from './refusal.ts';
import { Transcript } from './transcript.ts';

test('a boot that ran a program of the initrd is a fault, though it comes up afterwards', async () => {
  const said = new Transcript('machine');
  said.append("[    3.1] E2E: the initrd's own usr/bin/wget was run\n");
  said.append('it is up\n');
  await assert.rejects(
    waitUntilUp(said, /it is up/, 10),
    /the boot ended: .*usr\/bin\/wget was run/,
  );
});
