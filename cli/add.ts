// ./homepbp add NAME --mac M […]
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { addNode } from '../build/add-node.ts';
import { formatFaults } from '../build/faults.ts';
import { readInventoryFile } from '../build/inventory-file.ts';
import { resolveKeys } from '../build/ssh-keys.ts';
import { writeProjectFile } from '../build/write-project-file.ts';
import { archSchema, roleSchema } from '../contract/inventory.ts';
import { UserError } from '../messages/user-error.ts';
import { parseWords } from './flags.ts';
import { keyReference } from './key-reference.ts';
import { actAsOwner } from './owner.ts';
import { INVENTORY } from './project-flags.ts';
import { projectOf } from './project-folders.ts';

const FLAGS = {
  mac: {
    type: 'string',
    value: 'MAC',
    multiple: true,
    about: 'the MAC address of a network card; required',
  },
  ip: {
    type: 'string',
    value: 'IP/PREFIX',
    otherwise: 'by DHCP',
    about: 'a fixed address, such as 192.168.1.101/24',
  },
  key: {
    type: 'string',
    value: 'PATH|KEY|gh:USER',
    multiple: true,
    otherwise: "the cluster's keys",
    about: 'an ssh public key that may log in',
  },
  'known-server': {
    type: 'string',
    value: 'IP,…',
    multiple: true,
    otherwise: 'none',
    about: 'servers that this node tries first',
  },
  role: {
    type: 'string',
    value: 'ROLE',
    values: roleSchema.options,
    otherwise: "the inventory's",
    about: 'what it runs',
  },
  arch: {
    type: 'string',
    value: 'ARCH',
    values: archSchema.options,
    otherwise: "the inventory's",
    about: 'its kind of processor',
  },
  inventory: INVENTORY,
} as const;

/** Appends a node to nodes.yaml. */
export async function run(args: readonly string[]): Promise<number> {
  const { flags, words } = parseWords('add', args, FLAGS, ['NAME']);
  const { inventory: path, ip, role, arch, mac, key: keys } = flags;
  if (mac === undefined) {
    throw new UserError(`add: --mac is missing: the MAC address of ${words[0]}'s network card`);
  }
  actAsOwner('add', projectOf(path));
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
