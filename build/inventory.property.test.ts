// Whatever validation lets through renders, and every rendered file parses; whatever the input,
// what comes out is a build or an error for people.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dump } from 'js-yaml';
import { UserError } from '../messages/user-error.ts';
import { textCheckFor } from './check-text.ts';
import { generate, refuseBroken } from './generate.ts';
import { type Inventory, parseInventory } from './inventory.ts';
import { packLayer } from './layer.ts';
import { makePlan } from './plan.ts';
import { readPayload, readTemplates } from './shipped-files.ts';

const LAYER = packLayer(await readPayload(), Buffer.from('busybox'));
const MATERIALS = {
  templates: await readTemplates(),
  ipxe: new Map(),
  busybox: new Map(),
  k3s: [],
  page: new Map(),
};

/** Renders every file of an inventory, with media for every system or for none. */
function render(inventory: Inventory, hasMedia: boolean, key: string) {
  const asset = (name: string) => ({
    name,
    size: 1,
    sha256: 'a'.repeat(64),
    local: `/media/${name}`,
    url: `http://publisher.example/${name}`,
  });
  const plan = makePlan(inventory.document, {
    sshKeys: inventory.document.nodes.map(() => [key]),
    extraUserData: inventory.document.nodes.map(() => null),
    founded: false,
    foundingSets: [],
    k3sVersion: null,
    k3s: [],
    layerOf: () => LAYER,
    assetsOf: () => (hasMedia ? ['vmlinuz', 'initrd', 'rootfs.squashfs'].map(asset) : []),
  });
  return generate(plan, MATERIALS);
}

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const byte = fc.integer({ min: 0, max: 255 });
const hex = fc.stringMatching(/^[0-9a-fA-F]{2}$/);
const mac = fc
  .tuple(hex, hex, hex, hex, hex, fc.constantFrom(':', '-', ''))
  .map(([a, b, c, d, e, separator]) => ['52', a, b, c, d, e].join(separator));
const address = fc.tuple(byte, byte, byte).map((parts) => `10.${parts.join('.')}`);
const word = fc.stringMatching(/^[!-~]{1,30}$/);
/** The right thing nine times out of ten. */
const mostly = <T>(right: fc.Arbitrary<T>, wrong: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: right, weight: 9 }, { arbitrary: wrong, weight: 1 });

/** Mostly right, sometimes wrong: both sides of every check are met. */
const node = fc.record(
  {
    name: label,
    mac: fc.oneof(mac, fc.array(mac, { minLength: 1, maxLength: 3 })),
    ip: mostly(
      address.map((ip) => `${ip}/8`),
      address.map((ip) => `${ip}/25`),
    ),
    role: fc.constantFrom('server', 'agent'),
    boot: fc.constantFrom('live', 'recovery', 'local'),
    arch: fc.constantFrom('amd64', 'arm64'),
    disk: mostly(fc.constantFrom('auto', '/dev/disk/by-id/x'), fc.constantFrom('none', 'sda')),
    kernel_args: fc.array(word, { maxLength: 4 }),
    dns: fc.array(address, { maxLength: 2 }),
    wipe: mostly(fc.stringMatching(/^[\w.-]{1,64}$/), word),
    timezone: mostly(fc.constantFrom('Europe/Berlin', 'UTC', 'Etc/GMT+3'), word),
    locale: mostly(fc.constantFrom('C.UTF-8', 'en_GB.UTF-8'), word),
    ntp: fc.array(fc.oneof(label, address), { minLength: 1, maxLength: 2 }),
    known_servers: mostly(fc.constant<string[]>([]), fc.array(address, { maxLength: 2 })),
  },
  { requiredKeys: ['name', 'mac'] },
);
const document = fc.record(
  {
    genesis: fc.record(
      { ip: fc.oneof(fc.constant('auto'), address), url: fc.webUrl({ validSchemes: ['http'] }) },
      { requiredKeys: [] },
    ),
    os: fc.record({ release: fc.constantFrom('20.04', '22.04', '24.04', '26.04') }),
    network: fc.record({ domain: label }, { requiredKeys: [] }),
    cluster: fc.record(
      {
        name: label,
        ignore: fc.array(address, { maxLength: 2 }),
        k3s_config: fc.record(
          {
            'cluster-cidr': mostly(fc.constant('10.142.0.0/16,fd42::/56'), word),
            disable: fc.subarray(['traefik', 'servicelb', 'local-storage']),
            'secrets-encryption': fc.boolean(),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    ),
    nodes: fc.array(node, { minLength: 1, maxLength: 4 }),
  },
  { requiredKeys: ['nodes'] },
);
/** The comment of an ssh key is any text that fits on its line. */
const key = fc
  .string({ unit: 'binary', maxLength: 30 })
  .map((comment) => `ssh-ed25519 AAAA ${comment}`);

test('an inventory that passes validation renders, and every rendered file parses', () => {
  let accepted = 0;
  fc.assert(
    fc.property(document, fc.boolean(), key, (value, hasMedia, sshKey) => {
      let inventory: Inventory;
      try {
        inventory = parseInventory({ name: 'nodes.yaml', text: dump(value) });
      } catch (error) {
        assert.ok(error instanceof UserError, String(error));
        return;
      }
      accepted += 1;
      const files = render(inventory, hasMedia, sshKey);
      refuseBroken(files);
      const checked = files.filter(({ path }) => textCheckFor(path) !== null);
      assert.ok(checked.length >= 10);
    }),
    { numRuns: 400 },
  );
  assert.ok(accepted > 40, `the generator made only ${accepted} valid inventories`);
});

test('no text causes anything but a UserError', () => {
  const fragments = fc.constantFrom(
    ...[
      'nodes:',
      'name:',
      'mac:',
      '- ',
      '  ',
      '\n',
      ': ',
      '{',
      '}',
      '[',
      ']',
      '&a ',
      '*a',
      '<<: ',
      '!!x ',
    ],
    ...[
      '"',
      "'",
      '|\n',
      '>\n',
      '#',
      '---\n',
      '...\n',
      '? ',
      '%YAML 1.2\n',
      '~',
      'null',
      '\t',
      '\u0000',
      '52:54:00:00:00:01',
    ],
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fragments, { maxLength: 40 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (source) => {
      try {
        parseInventory({ name: 'nodes.yaml', text: source });
      } catch (error) {
        assert.ok(error instanceof UserError, String(error));
        assert.match(error.message, /^nodes\.yaml:\d+:\d+: /);
      }
    }),
    { numRuns: 3000 },
  );
});

test('no value at any known key causes anything but a UserError', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          'name',
          'mac',
          'ip',
          'custom',
          'keys',
          'founding',
          '__proto__',
          'x-y',
          'constructor',
        ),
        tie('any'),
        { maxKeys: 3 },
      ),
    ),
  })).any;
  const broken = fc.dictionary(
    fc.constantFrom('genesis', 'os', 'ssh', 'network', 'cluster', 'defaults', 'nodes'),
    value,
  );
  fc.assert(
    fc.property(broken, (document_) => {
      try {
        parseInventory({ name: 'nodes.yaml', text: JSON.stringify(document_) });
      } catch (error) {
        assert.ok(error instanceof UserError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
