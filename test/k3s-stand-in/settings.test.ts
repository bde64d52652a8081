// The stand-in refuses a server for exactly those settings that nodes.yaml has for all servers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { k3sConfigSchema } from '../../build/k3s-config.ts';

test('what servers must have alike is what cluster.k3s_config has', () => {
  const source = readFileSync(join(import.meta.dirname, 'settings.py'), 'utf8');
  const [, list = ''] = /^CRITICAL = \(([^)]*)\)/m.exec(source) ?? [];
  const critical = [...list.matchAll(/'([\w-]+)'/g)].map(([, key = '']) => key);
  assert.deepEqual(critical.sort(), Object.keys(k3sConfigSchema.shape).sort());
});
