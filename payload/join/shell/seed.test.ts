// node.json as builds write it, and secrets as Genesis gives them: the contract's schema and the Python that reads
// them on a node take the same files, and nothing that Python needs may be absent by the schema.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { load } from 'js-yaml';
import * as z from 'zod/mini';
import { type NodeConfig, nodeConfigSchema } from '../../../contract/node-config.ts';
import { type NodeSecrets, nodeSecretsSchema } from '../../../contract/node-secrets.ts';
import { parseJson } from '../../../contract/parse.ts';
import { secretsFor } from '../../../trust/node-secrets.ts';

const PAYLOAD = join(import.meta.dirname, '../..');
const GOLDENS = join(PAYLOAD, '../build/goldens');

/** Where every tool must be there, the tests fail instead. */
const NO_PYTHON =
  process.env.HOMEPBP_REQUIRE_TOOLS !== '1' && spawnSync('python3', ['--version']).status !== 0;

/** Pairs of node.json and secrets.json in, what Python makes of each out. */
const READER = `
import json, os, sys, tempfile
from artefacts.wanted import Unusable, read_wanted
from join.shell import durable, paths, seed
folder = tempfile.TemporaryDirectory()
paths.NODE, paths.SECRETS = (os.path.join(folder.name, name) for name in ('node', 'secrets'))
def read(pair):
    for path, value in zip((paths.NODE, paths.SECRETS), pair):
        with open(path, 'w', encoding='utf8') as file:
            json.dump(value, file)
    try:
        found = seed.read_seed()
        version, files = read_wanted(pair[0])
    except (durable.Unreadable, Unusable) as fault:
        return {'fault': str(fault)}
    return {**found.config._asdict(), 'password': found.password, 'peer_key': found.keys.own.decode(),
            'ignore': found.ignore, 'static_ip': found.static_ip, 'shared': found.shared,
            'k3s_version': version, 'k3s_files': [one._asdict() for one in files]}
print(json.dumps([read(pair) for pair in json.load(sys.stdin)]))
`;

type Pair = readonly [node: unknown, secrets: unknown];

function readByPython(pairs: readonly Pair[]): Record<string, unknown>[] {
  const { status, stdout, stderr } = spawnSync('python3', ['-B', '-c', READER], {
    cwd: PAYLOAD,
    input: JSON.stringify(pairs),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

const userDataSchema = z.object({
  write_files: z.array(z.object({ path: z.string(), content: z.string() })),
});
/** With the user's own parts behind ours. */
const archiveSchema = z.array(z.object({ content: z.string() }));

interface Files {
  readonly node: NodeConfig;
  readonly secrets: NodeSecrets;
}

const SET = {
  id: '0123456789abcdef',
  token: 'the token',
  agentToken: 'for agents',
  peerKey: 'the peer key',
};

/** What cloud-init will write of a golden seed, and what the node will get when it enrols. */
function goldenFiles(userData: string): Files {
  const whole = load(readFileSync(join(GOLDENS, userData), 'utf8'));
  const ours = Array.isArray(whole) ? load(archiveSchema.parse(whole)[0]?.content ?? '') : whole;
  const { write_files } = userDataSchema.parse(ours);
  const text = write_files.find(({ path }) => path === '/etc/homepbp/node.json')?.content ?? '';
  const node = parseJson(nodeConfigSchema, text);
  return { node, secrets: secretsFor(node, SET, { passwordKey: SET.peerKey }) };
}

/** No golden has k3s' files: they are locked by `fetch`. */
function withK3sFiles({ node, secrets }: Files): Files {
  const version = node.cluster.k3s_version ?? 'v1.34.1+k3s1';
  const file = (name: string, url: string | null) => ({
    path: `${version}/${name}`,
    ...{ url_path: `k3s/${encodeURIComponent(version)}/${name}`, url },
    ...{ sha256: 'ab'.repeat(32), size: 70_000_000 },
  });
  const cluster = { ...node.cluster, k3s_version: version };
  const k3s_files = [file('k3s', 'https://k3s.example/k3s'), file('images.tar.zst', null)];
  return { node: { ...node, cluster, k3s_files }, secrets };
}

const seeds = globSync('*/want/nodes/*/user-data', { cwd: GOLDENS }).sort();

test('Python understands each golden seed as the schema does', { skip: NO_PYTHON }, () => {
  assert.ok(seeds.length > 10);
  const golden = seeds.map(goldenFiles);
  const files = [...golden, ...golden.map(withK3sFiles)];
  const read = readByPython(files.map(({ node, secrets }) => [node, secrets]));
  for (const [index, { node, secrets }] of files.entries())
    assert.deepEqual(read[index], asPythonSays(node, secrets), node.name);
});

const address = (cidr: string | null) => cidr?.split('/')[0] ?? null;

function asPythonSays(node: NodeConfig, secrets: NodeSecrets): Record<string, unknown> {
  const { cluster } = node;
  const hints = [...new Set([...node.known_servers, ...cluster.known_servers])];
  const own = cluster.servers.flatMap(({ name, ip }) => [name, address(ip)]);
  return {
    name: node.name,
    role: node.role,
    epoch: cluster.epoch,
    quorum: cluster.quorum,
    sets: cluster.founding_sets,
    servers: cluster.servers.map(({ name, ip }) => [name, address(ip)]),
    hints,
    join_only: hints.some((hint) => !own.includes(hint)),
    founded: cluster.founded,
    ca_hash: cluster.ca_hash,
    password: secrets.token ?? secrets.agent_token,
    peer_key: secrets.peer_key,
    ignore: cluster.ignore,
    static_ip: address(node.ip),
    shared: cluster.k3s_config,
    k3s_version: cluster.k3s_version,
    k3s_files: cluster.k3s_version === null ? [] : node.k3s_files,
  };
}

test('what Python cannot do without, the schema demands', { skip: NO_PYTHON }, () => {
  const { node, secrets } = withK3sFiles(goldenFiles(fullest()));
  const lacking: Pair[] = [
    ...lackings(node).map((less): Pair => [less, secrets]),
    ...lackings(secrets).map((less): Pair => [node, less]),
  ];
  const refused = readByPython(lacking).map(({ fault }) => fault !== undefined);
  assert.ok(refused.filter(Boolean).length > 15, 'Python needs most of it');
  for (const [index, [less, secret]] of lacking.entries()) {
    const isGood =
      nodeConfigSchema.safeParse(less).success && nodeSecretsSchema.safeParse(secret).success;
    if (refused[index]) assert.ok(!isGood, JSON.stringify(less));
  }
});

/** The golden seed that says most. */
function fullest(): string {
  const sizeOf = (path: string) => JSON.stringify(goldenFiles(path).node).length;
  const [longest] = seeds.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  assert.ok(longest !== undefined);
  return longest;
}

/** The value without one of its keys, for each key at each depth. */
function lackings(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const { [key]: _, ...rest } = value as Record<string, unknown>;
    const deeper = lackings(inner).map((less) => withKey(value, key, less));
    return Array.isArray(value) ? deeper : [rest, ...deeper];
  });
}

function withKey(value: object, key: string, inner: unknown): unknown {
  if (Array.isArray(value)) return value.with(Number(key), inner);
  return { ...value, [key]: inner };
}
