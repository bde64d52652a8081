// ./homepbp add NAME --mac M […]
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { addNode } from '../build/add-node.ts';
import { formatFaults } from '../build/faults.ts';
import { readInventoryFile } from '../build/inventory-file.ts';
import { resolveKeys } from '../build/ssh-keys.ts';
import { writeProjectFile } from '../build/write-project-file.ts';
import { UserError } from '../messages/user-error.ts';
import { parseWords } from './flags.ts';
import { keyReference } from './key-reference.ts';

const FLAGS = {
  mac: { type: 'string', multiple: true },
  ip: { type: 'string' },
  key: { type: 'string', multiple: true },
  'known-server': { type: 'string', multiple: true },
  role: { type: 'string' },
  arch: { type: 'string' },
  inventory: { type: 'string', default: 'nodes.yaml' },
} as const;

/** Appends a node to nodes.yaml. */
export async function run(args: readonly string[]): Promise<number> {
  const { flags, words } = parseWords('add', args, FLAGS, ['NAME']);
  const { inventory: path, ip, role, arch, mac, key: keys } = flags;
  if (mac === undefined) {
    throw new UserError(`add: --mac is missing: the MAC address of ${words[0]}'s network card`);
  }
  const folder = dirname(resolve(path));
  const node = {
    name: words[0] ?? '',
    mac,
    ip,
    role,
    arch,
    ssh_keys: keys?.map((key) => keyReference(key, folder, homedir())),
    known_servers: flags['known-server']?.flatMap((list) => list.split(',')),
  };
  const addition = addNode(
    readInventoryFile(path),
    node,
    (inventory) => resolveKeys(inventory, { folder, home: homedir() }).faults,
  );
  const { source } = addition.inventory;
  await writeProjectFile(path, source.text);
  if (addition.warnings.length > 0)
    process.stderr.write(`${formatFaults(source, addition.warnings, 'warning: ')}\n`);
  process.stdout.write(`${path}:${addition.line}: ${node.name} added; now run ./homepbp build\n`);
  return 0;
}
