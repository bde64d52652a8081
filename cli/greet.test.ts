// What the first words take from the tree.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { greet } from './greet.ts';

test('only the boot files that are in tftp/ are named', (t) => {
  const dist = mkdtempSync(join(tmpdir(), 'homepbp-greet-'));
  t.after(() => rmSync(dist, { recursive: true }));
  const said = (): string => {
    const lines: string[] = [];
    greet(
      { http: null, tftp: null, proxyDhcp: 'off' },
      { command: 'serve', dist, isExample: false },
      { say: (text) => void lines.push(text), log: () => {}, isJson: false },
    );
    return lines.join('\n');
  };
  assert.match(said(), /\/tftp\/ has nothing that firmware can load: run \.\/homepbp fetch, then/);
  mkdirSync(join(dist, 'tftp'));
  writeFileSync(join(dist, 'tftp/snponly.efi'), '');
  symlinkSync('../../media/none', join(dist, 'tftp/undionly.kpxe'));
  assert.match(said(), /^ +boot file snponly\.efi \(UEFI x64\); .*\/dhcp\/ has it/m);
});
