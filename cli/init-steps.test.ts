import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepsAfterInit } from './init-steps.ts';

test('the whole way from an inventory to a cluster', () => {
  assert.deepEqual(stepsAfterInit('nodes.yaml', ['http://192.168.1.10:8080/']), [
    'What to do next:',
    '  1. ./homepbp fetch',
    '     downloads Ubuntu, k3s and iPXE, 1 to 2 GB for one release',
    '  2. sudo ./homepbp start --proxy-dhcp',
    '     builds, serves, and tells machines to boot from here; the router stays as it is.',
    '     Root is for binding ports only, and is given up before any file is read',
    "  3. In each machine's firmware, enable network boot (PXE, IPv4) and put it first",
    '  4. Switch the machines on',
    '     and watch them on the page: http://192.168.1.10:8080/',
    '  5. ./homepbp kubeconfig',
    '     once they are ready; it prints the kubectl command to try',
  ]);
});

test('another inventory is named in the commands that read it', () => {
  const text = stepsAfterInit('lab/attic.yaml', []).join('\n');
  assert.match(text, /homepbp fetch --inventory lab\/attic\.yaml$/m);
  assert.match(text, /start --proxy-dhcp --inventory lab\/attic\.yaml$/m);
  assert.match(text, /watch them on the page: start prints its address$/m);
});
