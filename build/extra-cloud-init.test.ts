// What cloud-init itself makes of our user-data with the user's part beside it: both must survive.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { textCheckFor } from './check-text.ts';
import { resolveExtras } from './extra-user-data.ts';
import { parseInventory } from './inventory.ts';
import { makeRender } from './render.ts';
import { readTemplates } from './shipped-files.ts';
import { withExtra } from './user-data.ts';

/** Debian's Python, for which its cloud-init is installed. */
const PYTHON = '/usr/bin/python3';
const SKIP =
  process.env.HOMEPBP_REQUIRE_TOOLS !== '1' &&
  spawnSync(PYTHON, ['-c', 'import cloudinit.handlers, jinja2, yaml']).status !== 0 &&
  'cloud-init is not installed';

const OURS = readFileSync(
  join(import.meta.dirname, 'goldens/one-node-defaults/want/nodes/52-54-00-12-34-01/user-data'),
  'utf8',
);

interface Merged {
  readonly hostname: string;
  readonly write_files: readonly { readonly path: string; readonly content: string }[];
  readonly ssh_authorized_keys: readonly string[];
  readonly runcmd?: unknown;
}

/** Resolves and renders as a build does, then merges as a node does. */
async function merge(extra: string): Promise<Merged> {
  const text = 'nodes: [{ name: a, mac: 52-54-00-00-00-01, extra_user_data: extra }]\n';
  const inventory = parseInventory({ name: 'nodes.yaml', text });
  const { byNode, faults } = resolveExtras(inventory, '/', '/', () => extra);
  assert.deepEqual(faults, []);
  const input = withExtra(OURS, byNode[0] ?? null, makeRender(await readTemplates()));
  assert.deepEqual(textCheckFor('nodes/x/user-data')?.(input), []);
  const program = join(import.meta.dirname, 'fixtures/merge_user_data.py');
  const { stdout, stderr, status } = spawnSync(PYTHON, [program], { input, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Merged;
}

const LISTS = `write_files:
  - path: /etc/motd
    content: hello
ssh_authorized_keys: [ssh-ed25519 AAAA second@person]
`;

describe('cloud-init keeps our part and the one', { skip: SKIP }, () => {
  const forms: readonly [string, string][] = [
    ['of plain cloud-config', `#cloud-config\n${LISTS}`],
    ['of a template', `## template: jinja\n#cloud-config\n${LISTS}`],
    ['with a byte order mark', `\ufeff#cloud-config\n${LISTS}`],
    ['with Windows line ends', `#cloud-config\n${LISTS}`.replaceAll('\n', '\r\n')],
    ['with a space after the first line', `#cloud-config \n${LISTS}`],
    ['with a comment after the first line', `#cloud-config # mine\n${LISTS}`],
    ['below blank lines', `\n   \n  #cloud-config\n${LISTS}`],
  ];
  for (const [what, extra] of forms) {
    test(what, async () => {
      const { hostname, write_files: files, ssh_authorized_keys: keys } = await merge(extra);
      assert.equal(hostname, 'k8s-node01');
      assert.deepEqual(
        files.map(({ path }) => path),
        ['/etc/homepbp/node.json', '/etc/motd'],
      );
      assert.equal(keys.length, 2);
      assert.equal(keys.at(-1), 'ssh-ed25519 AAAA second@person');
    });
  }

  test("with a node's own facts in a template", async () => {
    const extra = `## template: jinja\n#cloud-config\nruncmd: [echo {{ v1.local_hostname }}]\n`;
    assert.deepEqual((await merge(extra)).runcmd, ['echo node1']);
  });

  test('with binary content', async () => {
    const entry = '  - path: /etc/bin\n    content: !!binary |\n      aGVsbG8K\n';
    const { write_files: files } = await merge(`#cloud-config\nwrite_files:\n${entry}`);
    assert.deepEqual(
      files.map(({ path }) => path),
      ['/etc/homepbp/node.json', '/etc/bin'],
    );
    assert.equal(files[1]?.content, "b'hello\\n'");
  });
});
