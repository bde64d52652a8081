import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { readPayload } from './shipped-files.ts';

test('every folder of payload/ is packed, initramfs/ as /homepbp/; docs and tests are not', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'homepbp-payload-'));
  t.after(() => rmSync(root, { recursive: true }));
  const travels = ['initramfs/steps/x', 'disk/prepare', 'join/wire.py', 'systemd/a.service'];
  const stays = [
    ...['run.ts', '.shellcheckrc', 'initramfs/x.test.ts', 'join/README.md', 'join/test_wire.py'],
    ...['join/__pycache__/wire.pyc', 'join/deep/test_more.py', 'join/trial.ts', '.cache/x'],
  ];
  for (const path of [...travels, ...stays]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), path);
  }
  chmodSync(join(root, 'disk/prepare'), 0o700);
  const entries = await readPayload(root);
  assert.deepEqual(
    entries.map(({ path, mode, content }) => [path, mode, String(content)]),
    [
      ['homepbp/node/disk/prepare', 0o755, 'disk/prepare'],
      ['homepbp/steps/x', 0o644, 'initramfs/steps/x'],
      ['homepbp/node/join/wire.py', 0o644, 'join/wire.py'],
      ['homepbp/node/systemd/a.service', 0o644, 'systemd/a.service'],
    ],
  );
});
