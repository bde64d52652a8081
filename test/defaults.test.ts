// A default is stated once, in build/defaults.ts: changed there, it changes wherever it matters.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkCgroups } from '../build/checks/systems.ts';
import { DEFAULTS, type Defaults } from '../build/defaults.ts';
import { editorSchema, type JsonSchema } from '../build/editor-schema.ts';
import { parseInventory } from '../build/inventory.ts';
import { inventoryFile } from '../build/node-documents.ts';
import { makePlan } from '../build/plan.ts';
import { inventorySchemaWith } from '../build/schema.ts';
import { resolveSecrets } from '../build/secrets.ts';
import { needsOf } from '../cli/media-needs.ts';

const NODES = 'nodes: [{ name: a, mac: 52-54-00-00-00-01, ip: 10.0.0.9/24 }]\n';

const NETWORK = 'network: { gateway: 10.0.0.1, dns: [10.0.0.1] }\n';

type Section = keyof Defaults;

/** The project's defaults but for those of one section. */
function changed<S extends Section>(section: S, change: Partial<Defaults[S]>): Defaults {
  return { ...DEFAULTS, [section]: { ...DEFAULTS[section], ...change } };
}

function parse(defaults: Defaults, text: string) {
  const source = { name: 'nodes.yaml', text };
  return parseInventory(source, new Date('2026-01-01'), inventorySchemaWith(defaults));
}

/** What a build and a fetch make of an inventory, with nothing fetched. */
function outcome(defaults: Defaults, text = NODES) {
  const inventory = parse(defaults, text);
  const facts = { sshKeys: [], extraUserData: [], founded: false, foundingSets: [] };
  const media = { assetsOf: () => [], k3sVersion: null, k3s: [], layerOf: () => null };
  const plan = makePlan(inventory.document, { ...facts, ...media });
  const [node] = plan.nodes;
  const needs = needsOf(inventory.document);
  assert.ok(node !== undefined);
  return { inventory, plan, node, needs, system: needs.systems[0] };
}

const refuses = (defaults: Defaults, text: string, words: RegExp) => {
  parse(DEFAULTS, text);
  assert.throws(() => parse(defaults, text), words);
};

/** What the editor is told of a key. */
function told(defaults: Defaults, path: string): unknown {
  const at = path.split('.').reduce<JsonSchema>(
    (schema, key) => {
      const mapping = (schema.items ?? schema) as { properties: Record<string, JsonSchema> };
      return mapping.properties[key] ?? {};
    },
    editorSchema(inventorySchemaWith(defaults)),
  );
  return at.default;
}

describe('a default that is changed in its one place', () => {
  test('arch', () => {
    const arm = changed('defaults', { arch: 'arm64' });
    const { node, needs, system } = outcome(arm);
    assert.deepEqual([node.arch, node.system.id], ['arm64', '20.04-arm64']);
    assert.deepEqual([needs.archs, needs.busybox, system?.arch], [['arm64'], ['arm64'], 'arm64']);
    assert.deepEqual([told(arm, 'defaults.arch'), told(arm, 'nodes.arch')], ['arm64', 'arm64']);
    const custom = `os: { custom: { kernel: k, initrd: i, rootfs: r } }
nodes: [{ name: a, mac: 52-54-00-00-00-01 }, { name: b, mac: 52-54-00-00-00-02, arch: amd64 }]
`;
    refuses(arm, custom, /one kernel cannot serve arm64 and amd64 nodes/);
  });

  test('role', () => {
    const agents = changed('defaults', { role: 'agent' });
    const { node, plan } = outcome(agents, `${NODES}cluster: { founded: true }`);
    assert.deepEqual([node.role, plan.cluster.servers], ['agent', []]);
    assert.equal(told(agents, 'nodes.role'), 'agent');
    refuses(agents, NODES, /no node is a server/);
  });

  test('boot', () => {
    const recovery = changed('defaults', { boot: 'recovery' });
    assert.equal(outcome(recovery).node.boot, 'recovery');
    assert.equal(told(recovery, 'defaults.boot'), 'recovery');
  });

  test('disk', () => {
    const diskless = changed('defaults', { disk: 'none' });
    const { node, system } = outcome(
      diskless,
      `${NODES}defaults: { role: agent }\ncluster: { founded: true }`,
    );
    assert.deepEqual([node.disk, system?.firmware], ['none', false]);
    assert.equal(told(diskless, 'nodes.disk'), 'none');
    refuses(
      diskless,
      NODES,
      /nodes\.yaml:1:17: 'disk: none' and 'role: server' cannot be combined/,
    );
  });

  test('os.release', () => {
    const noble = changed('os', { release: '24.04' });
    const { node, system, inventory } = outcome(
      noble,
      `${NODES}cluster: { k3s: v1.35 }\n${NETWORK}`,
    );
    assert.deepEqual([node.system.id, system?.release], ['24.04-amd64', '24.04']);
    assert.equal(told(noble, 'os.release'), '24.04');
    assert.deepEqual(inventory.warnings, []);
    assert.equal(
      outcome(DEFAULTS, NODES + NETWORK).inventory.warnings.length,
      1,
      '20.04 is out of support',
    );
  });

  test('os.kernel', () => {
    const hwe = changed('os', { kernel: 'hwe' });
    const { node, system } = outcome(hwe, `${NODES}cluster: { k3s: v1.35 }`);
    assert.deepEqual(node.kernelArgs, ['systemd.unified_cgroup_hierarchy=1']);
    assert.deepEqual([system?.kernel, told(hwe, 'os.kernel')], ['hwe', 'hwe']);
  });

  test('cluster.k3s', () => {
    const newer = changed('cluster', { k3s: 'v1.34' });
    const { plan, needs, inventory } = outcome(newer);
    assert.deepEqual([plan.cluster.k3s, needs.k3s], ['v1.34', 'v1.34']);
    assert.equal(told(newer, 'cluster.k3s'), 'v1.34');
    const [finding] = checkCgroups(inventory.document, 'v1.35.0+k3s1');
    assert.match(finding?.message ?? '', /^k3s v1\.34 \(v1\.35\.0\+k3s1\) needs cgroup v2/);
    refuses(changed('cluster', { k3s: 'v1.35' }), NODES, /k3s v1\.35 needs cgroup v2/);
  });

  test('cluster.name', () => {
    const attic = changed('cluster', { name: 'attic' });
    assert.equal(outcome(attic).plan.cluster.name, 'attic');
    assert.equal(told(attic, 'cluster.name'), 'attic');
  });

  test('cluster.token', () => {
    const fromFile = changed('cluster', { token: '/token' });
    const sources = { folder: 's', project: '/', home: '/', environment: {}, readKept: () => null };
    const readText = (path: string) => (path === '/token' ? 'a-token-of-sixteen' : null);
    const { inventory } = outcome(fromFile);
    const known = { fingerprint: null, issued: null };
    const { secrets } = resolveSecrets(inventory, { ...sources, readText }, known);
    assert.equal(secrets.token, 'a-token-of-sixteen');
    assert.equal(told(fromFile, 'cluster.token'), '/token');
  });

  test('cluster.enroll', () => {
    const always = changed('cluster', { enroll: 'always' });
    const { plan } = outcome(always);
    assert.deepEqual([plan.enroll, inventoryFile(plan).enroll], ['always', 'always']);
    assert.equal(told(always, 'cluster.enroll'), 'always');
    assert.equal(inventoryFile(outcome(DEFAULTS).plan).enroll, undefined, 'no entry says once');
  });

  test('cluster.founding', () => {
    const later = changed('cluster', { founding: { quorum: 'all', epoch: 7 } });
    const { cluster } = outcome(later).plan;
    assert.deepEqual([cluster.quorum, cluster.epoch], ['all', 7]);
    assert.equal(told(later, 'cluster.founding.quorum'), 'all');
    assert.equal(told(later, 'cluster.founding.epoch'), 7);
    const safe = changed('cluster', { founding: { quorum: 'safe', epoch: 1 } });
    refuses(safe, NODES, /'quorum: safe' needs more than 1 server/);
  });

  test('genesis', () => {
    const elsewhere = changed('genesis', { ip: '10.0.0.9', http_port: 80 });
    const text = NODES.replace('10.0.0.9', '10.0.0.8');
    const { genesis } = outcome(elsewhere, text).plan;
    assert.deepEqual(genesis, { url: null, ip: '10.0.0.9', httpPort: 80 });
    assert.equal(told(elsewhere, 'genesis.ip'), '10.0.0.9');
    assert.equal(told(elsewhere, 'genesis.http_port'), 80);
    refuses(elsewhere, NODES, /10\.0\.0\.9 is the address of Genesis/);
  });
});

test('the editor is told every default that the build applies', () => {
  const leaves = (value: object, path: readonly string[]): [string, unknown][] =>
    Object.entries(value).flatMap(([key, inner]): [string, unknown][] =>
      typeof inner === 'object'
        ? leaves(inner, [...path, key])
        : [[[...path, key].join('.'), inner]],
    );
  const stated = leaves(DEFAULTS, []);
  assert.equal(stated.length, 15);
  for (const [path, value] of stated) assert.equal(told(DEFAULTS, path), value, path);
});
