// The fence with real rules in a real kernel: Genesis, a node and a pod behind it, each a network namespace. The
// pod's packets leave the node with the node's address, as flannel has it.
import assert from 'node:assert/strict';
import { execFileSync, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const PAYLOAD = join(import.meta.dirname, '..');
const GENESIS = { four: '10.66.0.1', six: 'fd66::1' } as const;
const PORT = 8080;
const OTHER_PORT = 8081;

const found = (program: string) =>
  spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
const REQUIRED = process.env.HOMEPBP_REQUIRE_TOOLS === '1';
const LACKING = ['nft', 'iptables', 'ip6tables'].filter((program) => found(program) === '');
const SKIP =
  process.platform !== 'linux' || process.getuid?.() !== 0
    ? 'needs root on Linux, for namespaces'
    : LACKING.length > 0 && !REQUIRED && `needs ${LACKING.join(', ')}`;

/** Answers on both ports, in both families. */
const SERVER = `
import socket, threading
def serve(family, address, port):
    with socket.socket(family) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((address, port))
        server.listen()
        print('ready', flush=True)
        while True:
            server.accept()[0].close()
for port in (${PORT}, ${OTHER_PORT}):
    for family, address in ((socket.AF_INET, '${GENESIS.four}'), (socket.AF_INET6, '${GENESIS.six}')):
        threading.Thread(target=serve, args=(family, address, port)).start()
`;

const CONNECT = `
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 1.5).close()
except OSError:
    sys.exit(1)
`;

/** The program, with what it needs of a boot in a folder of its own. */
const FENCE = `
import sys
from fence import __main__ as program
from fence import tools
from join.shell import notices, paths
paths.BOOT, paths.FENCE, tools.K3S_TOOLS = (sys.argv[1] + name for name in ('/boot.env', '/fence.json', '/k3s'))
notices.say = print
sys.exit(program.main())
`;

let networks = 0;

async function openNetwork(t: TestContext) {
  const name = `hpbfe${process.pid}x${networks++}`;
  const [genesis, node, pod] = [`${name}g`, `${name}n`, `${name}p`];
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-fence-'));
  const ip = (words: string) => execFileSync('ip', words.split(' '), { encoding: 'utf8' });
  const run = (namespace: string, words: readonly string[], env = process.env) =>
    spawnSync('ip', ['netns', 'exec', namespace, ...words], {
      ...{ cwd: PAYLOAD, encoding: 'utf8', timeout: 20_000, env },
    });
  t.after(() => {
    for (const one of [genesis, node, pod]) ip(`netns delete ${one}`);
    rmSync(folder, { recursive: true });
  });
  for (const one of [genesis, node, pod]) ip(`netns add ${one}`);
  ip(`link add lan netns ${genesis} type veth peer name lan netns ${node}`);
  ip(`link add cni0 netns ${node} type veth peer name eth0 netns ${pod}`);
  for (const [namespace, card, number, net] of [
    [genesis, 'lan', 1, 66],
    [node, 'lan', 2, 66],
    [node, 'cni0', 1, 42],
    [pod, 'eth0', 2, 42],
  ] as const) {
    ip(`-n ${namespace} addr add 10.${net}.0.${number}/24 dev ${card}`);
    ip(`-n ${namespace} addr add fd${net}::${number}/64 dev ${card} nodad`);
    ip(`-n ${namespace} link set ${card} up`);
  }
  ip(`-n ${pod} route add default via 10.42.0.1`);
  ip(`-n ${pod} -6 route add default via fd42::1`);
  for (const key of ['ipv4.ip_forward', 'ipv6.conf.all.forwarding'])
    assert.equal(run(node, ['sysctl', '-qw', `net.${key}=1`]).status, 0);
  for (const program of ['iptables', 'ip6tables']) {
    const masquerade = ['-t', 'nat', '-A', 'POSTROUTING', '-o', 'lan', '-j', 'MASQUERADE'];
    // As kube-proxy's and flannel's rules: they come first in their table, and accept.
    const accept = ['-I', 'FORWARD', '-j', 'ACCEPT'];
    for (const words of [masquerade, accept])
      assert.equal(run(node, [program, ...words]).status, 0);
  }
  const server = spawn('ip', ['netns', 'exec', genesis, 'python3', '-u', '-c', SERVER]);
  const exit = once(server, 'exit');
  t.after(async () => {
    server.kill('SIGKILL');
    await exit;
  });
  let ready = '';
  while (ready.split('ready').length < 5) ready += (await once(server.stdout, 'data'))[0];
  const reaches = (from: string) => (host: string, port: number) =>
    run(from, ['python3', '-c', CONNECT, host, String(port)]).status === 0;
  return {
    folder,
    podReaches: reaches(pod),
    nodeReaches: reaches(node),
    onNode: (...words: string[]) => run(node, words),
    /** Puts the rules in place, with these programs as the image's and as those that k3s has brought. */
    fence(
      base: string,
      image: readonly string[],
      k3s: readonly string[] = [],
    ): SpawnSyncReturns<string> {
      writeFileSync(join(folder, 'boot.env'), `HOMEPBP_BASE=${base}\n`);
      for (const [place, programs] of [
        ['bin', ['python3', ...image]],
        ['k3s', k3s],
      ] as const) {
        rmSync(join(folder, place), { recursive: true, force: true });
        mkdirSync(join(folder, place));
        for (const program of programs)
          symlinkSync(
            program === 'python3' ? '/usr/bin/python3' : found(program),
            join(folder, place, program),
          );
      }
      const env = { PATH: join(folder, 'bin') };
      const program = ['/usr/bin/env', `PATH=${env.PATH}`, 'python3', '-B', '-c', FENCE, folder];
      return run(node, program);
    },
  };
}

type Network = Awaited<ReturnType<typeof openNetwork>>;

const TABLES = ['iptables', 'iptables-restore', 'ip6tables', 'ip6tables-restore'];
const BASE = `http://${GENESIS.four}:${PORT}/boot`;

/** Only what would be forwarded to that port of Genesis is lost. */
function assertFenced(network: Network): void {
  assert.ok(!network.podReaches(GENESIS.four, PORT), 'a pod cannot reach Genesis');
  assert.ok(network.podReaches(GENESIS.four, OTHER_PORT), 'other ports are left alone');
  assert.ok(network.nodeReaches(GENESIS.four, PORT), 'the node itself can');
}

const sets = {
  'the nft of the image': [['nft'], []],
  'the iptables of the image': [TABLES, []],
  'the iptables that k3s has brought': [[], TABLES],
} as const;

for (const [name, [image, k3s]] of Object.entries(sets)) {
  test(`pods cannot reach Genesis, by ${name}`, { skip: SKIP, timeout: 120_000 }, async (t) => {
    const network = await openNetwork(t);
    assert.ok(network.podReaches(GENESIS.four, PORT), 'a pod can, without the fence');
    for (const _ of ['first', 'again']) {
      const { status, stdout } = network.fence(BASE, image, k3s);
      assert.equal(status, 0, stdout);
      assert.match(stdout, /^pods cannot reach port 8080 of 10\.66\.0\.1 \(/);
      assertFenced(network);
    }
    const rules = network.onNode('nft', 'list', 'ruleset').stdout;
    assert.equal(
      rules.split(GENESIS.four).length - 1,
      1,
      `one rule however often it is run\n${rules}`,
    );
    assert.equal(
      (rules.match(/jump HOMEPBP-FENCE/g) ?? []).length,
      image.length === 1 ? 0 : 2,
      rules,
    );

    // A boot knows one BASE, but its name may come to mean another address.
    assert.equal(network.fence(`http://10.66.0.9:${PORT}`, image, k3s).status, 0);
    assert.ok(network.podReaches(GENESIS.four, PORT), 'where Genesis was is free again');
    assert.equal(network.fence(`http://[${GENESIS.six}]:${PORT}`, image, k3s).status, 0);
    assert.ok(!network.podReaches(GENESIS.six, PORT), 'by IPv6, too');
    assert.ok(network.podReaches(GENESIS.six, OTHER_PORT));
    assert.ok(network.nodeReaches(GENESIS.six, PORT));
  });
}

test('rules that somebody has cleared are put in place again', {
  skip: SKIP,
  timeout: 120_000,
}, async (t) => {
  const network = await openNetwork(t);
  assert.equal(network.fence(BASE, ['nft']).status, 0);
  network.onNode('nft', 'flush', 'ruleset');
  assert.equal(network.fence(BASE, ['nft']).status, 0);
  assert.match(network.onNode('nft', 'list', 'ruleset').stdout, /tcp dport 8080/);
});

test('without any tool it says so, and changes nothing', {
  skip: SKIP,
  timeout: 120_000,
}, async (t) => {
  const network = await openNetwork(t);
  const { status, stdout } = network.fence(BASE, []);
  assert.equal(status, 1);
  assert.match(
    stdout,
    /pods on this node can speak with Genesis as if they were this node: there is neither nft/,
  );
  const report = JSON.parse(readFileSync(join(network.folder, 'fence.json'), 'utf8'));
  assert.match(report.trouble, /neither nft nor iptables/);
  assert.ok(network.podReaches(GENESIS.four, PORT));
});
