import assert from 'node:assert/strict';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { runHomepbp } from './run-homepbp.trial.ts';

const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const TEXT = `# mine\nnodes:\n  - name: a # first\n    mac: 52:54:00:00:00:01\n\n# end\n`;

/** A folder with nodes.yaml, and a function that runs a command in it. */
function project(t: TestContext, text = TEXT) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-add-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const inventory = join(folder, 'nodes.yaml');
  writeFileSync(inventory, text);
  const run = (...args: string[]) => runHomepbp(['add', ...args], { cwd: folder, home: folder });
  return { folder, inventory, run, read: () => readFileSync(inventory, 'utf8') };
}

describe('add', () => {
  test('appends the node with everything that was given', async (t) => {
    const text = `${TEXT}network: { gateway: 192.168.1.1, dns: [192.168.1.1] }\n`;
    const { folder, run, read } = project(t, text);
    mkdirSync(join(folder, '.ssh'));
    writeFileSync(join(folder, '.ssh/custom.pub'), `${KEY}\n`);
    const flags = ['--ip', '192.168.1.102/24', '--key', join(folder, '.ssh/custom.pub')];
    const more = ['--key', KEY, '--known-server', 'a,192.168.1.102', '--role', 'agent'];
    const macs = ['--mac', '52:54:00:00:00:02', '--mac', '52-54-00-00-00-03'];
    const { status, stdout, stderr } = await run(
      'b',
      ...macs,
      ...flags,
      ...more,
      '--arch',
      'arm64',
    );
    assert.deepEqual([status, stderr], [0, '']);
    assert.equal(stdout, 'nodes.yaml:5: b added; now run ./homepbp build\n');
    const entry = `  - name: b
    mac: [52:54:00:00:00:02, 52-54-00-00-00-03]
    ip: 192.168.1.102/24
    arch: arm64
    role: agent
    ssh_keys: [.ssh/custom.pub, ${KEY}]
    known_servers: [a, 192.168.1.102]
`;
    assert.equal(read(), text.replace('\n\n#', `\n${entry}\n#`));
    assert.deepEqual(readdirSync(folder).sort(), ['.ssh', 'nodes.yaml']);
  });

  test('keeps the mode of the file, and a link a link', async (t) => {
    const { folder, inventory, run } = project(t);
    chmodSync(inventory, 0o600);
    symlinkSync('nodes.yaml', join(folder, 'link.yaml'));
    const args = ['b', '--mac', '52:54:00:00:00:02', '--inventory', 'link.yaml'];
    assert.equal((await run(...args)).status, 0);
    assert.ok(lstatSync(join(folder, 'link.yaml')).isSymbolicLink());
    assert.equal(statSync(inventory).mode & 0o777, 0o600);
    assert.match(readFileSync(inventory, 'utf8'), /name: b/);
  });

  test('warns of what the node changes', async (t) => {
    const { run } = project(t);
    const { status, stderr } = await run('b', '--mac', '52:54:00:00:00:02');
    assert.equal(status, 0);
    assert.match(
      stderr,
      /^nodes\.yaml:5:11: warning: 2 servers survive the loss of 0, no more than 1 would/,
    );
  });

  const refused: readonly [string, string[], RegExp][] = [
    ['without a name', ['--mac', '52:54:00:00:00:02'], /^add: NAME is missing/],
    ['without a MAC address', ['b'], /^add: --mac is missing/],
    ['two names', ['b', 'c', '--mac', '52:54:00:00:00:02'], /^add: unexpected argument 'c'/],
    ['a taken name', ['a', '--mac', '52:54:00:00:00:02'], /^add: the name a is already taken\n$/],
    [
      'a key that is not there',
      ['b', '--mac', '52:54:00:00:00:02', '--key', 'x.pub'],
      /^add: the ssh key file .*x\.pub cannot be read/,
    ],
    [
      'no such inventory',
      ['b', '--mac', '52:54:00:00:00:02', '--inventory', 'x.yaml'],
      /^x\.yaml: no such file/,
    ],
  ];
  for (const [name, args, message] of refused) {
    test(`refuses ${name} and leaves the file alone`, async (t) => {
      const { folder, run, read } = project(t);
      const { status, stdout, stderr } = await run(...args);
      assert.match(stderr, message);
      assert.deepEqual([status, stdout, read()], [1, '', TEXT]);
      assert.deepEqual(readdirSync(folder), ['nodes.yaml']);
    });
  }
});
