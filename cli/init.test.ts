import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { parseInventory } from '../build/inventory.ts';
import { runHomepbp } from './run-homepbp.trial.ts';

const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop\n';

/** A folder for nodes.yaml and a home with ssh keys, and `init` run there without a terminal. */
function scratch(t: TestContext, keys: readonly string[] = ['id_ed25519.pub']) {
  const top = mkdtempSync(join(tmpdir(), 'homepbp-init-'));
  t.after(() => rmSync(top, { recursive: true }));
  const [folder, home] = [join(top, 'project'), join(top, 'home')];
  mkdirSync(folder);
  mkdirSync(join(home, '.ssh'), { recursive: true });
  for (const name of keys) writeFileSync(join(home, '.ssh', name), KEY);
  const run = (...args: string[]) => runHomepbp(['init', ...args], { cwd: folder, home });
  const read = () => readFileSync(join(folder, 'nodes.yaml'), 'utf8');
  return { folder, home, run, read };
}

const NODES = ['--node', 'a=52:54:00:00:00:01=192.168.1.101/24', '--node', 'b=525400000002'];

describe('init', () => {
  test('writes what flags say, and the build reads it', async (t) => {
    const { folder, home, run, read } = scratch(t, ['work.pub']);
    const flags = ['--gateway', '192.168.1.1', '--dns', '9.9.9.9,1.1.1.1', '--release', '22.04'];
    const more = ['--cluster', 'attic', '--genesis-ip', '192.168.1.10'];
    const { status, stdout } = await run(
      ...NODES,
      ...flags,
      ...more,
      '--key',
      join(home, '.ssh/work.pub'),
    );
    assert.equal(status, 0);
    assert.match(stdout, /^nodes\.yaml: written with 2 nodes\n\nWhat to do next:\n {2}1\. /);
    assert.match(stdout, /sudo \.\/homepbp start --proxy-dhcp/);
    const { document } = parseInventory({ name: 'nodes.yaml', text: read() });
    assert.equal(document.genesis.ip, '192.168.1.10');
    assert.equal(document.os.release, '22.04');
    assert.equal(document.cluster.name, 'attic');
    assert.deepEqual(
      document.nodes.map(({ name, macs, ip }) => [name, macs, ip]),
      [
        ['a', ['52-54-00-00-00-01'], '192.168.1.101/24'],
        ['b', ['52-54-00-00-00-02'], null],
      ],
    );
    for (const { ssh_keys, gateway, dns } of document.nodes) {
      assert.deepEqual(ssh_keys, ['~/.ssh/work.pub']);
      assert.deepEqual([gateway, ...dns], ['192.168.1.1', '9.9.9.9', '1.1.1.1']);
    }
    assert.deepEqual(readdirSync(folder), ['nodes.yaml']);
    const schema = /\$schema=(\S+)/.exec(read())?.[1] ?? '';
    assert.match(readFileSync(join(folder, schema), 'utf8'), /HomePBP inventory/);
  });

  test('never waits without a terminal: it names what is missing', async (t) => {
    const { folder, run } = scratch(t, []);
    const { status, stderr } = await run('--node', 'a=52:54:00:00:00:01=192.168.1.101/24');
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^init: not interactive; pass these flags:.*\n {2}--gateway .*\n {2}--key .*\n$/,
    );
    assert.deepEqual(readdirSync(folder), []);
  });

  test('writes nothing when an answer is wrong', async (t) => {
    const { folder, run } = scratch(t);
    const { status, stderr } = await run('--node', 'a=52:54:00', '--cluster', 'Not A Name');
    assert.equal(status, 1);
    assert.match(stderr, /^init: 'name': 'Not A Name' is not /);
    assert.match(stderr, /^'mac': '52:54:00' is not a valid MAC address$/m);
    assert.deepEqual(readdirSync(folder), []);
  });

  test('leaves an inventory alone', async (t) => {
    const { folder, run, read } = scratch(t);
    writeFileSync(join(folder, 'nodes.yaml'), 'nodes: []\n');
    const { status, stderr } = await run(...NODES, '--yes');
    assert.equal(status, 1);
    assert.match(stderr, /^init: nodes\.yaml already exists\n {2}hint: run \.\/homepbp add/);
    assert.equal(read(), 'nodes: []\n');
  });

  test('replaces the example, and keeps a copy beside it', async (t) => {
    const { folder, run, read } = scratch(t);
    const example = `ssh: { keys: [ssh-ed25519 AAAA nobody@homepbp-example] } # edited\n`;
    writeFileSync(join(folder, 'nodes.yaml'), example);
    assert.equal((await run(...NODES, '--yes')).status, 0);
    assert.match(read(), /name: a\n/);
    assert.equal(readFileSync(join(folder, 'nodes.yaml.old'), 'utf8'), example);
    writeFileSync(join(folder, 'nodes.yaml'), example.replace('edited', 'again'));
    const { status, stderr } = await run(...NODES, '--yes');
    assert.deepEqual([status, read()], [1, example.replace('edited', 'again')]);
    assert.match(stderr, /cannot be saved as nodes\.yaml\.old/);
  });
});
