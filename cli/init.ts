// ./homepbp init
import { constants, copyFileSync, existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { formatFaults } from '../build/faults.ts';
import {
  type FirstAnswers,
  faultsOf,
  firstInventory,
  isExample,
} from '../build/first-inventory.ts';
import { httpAddress } from '../build/http-address.ts';
import { type Inventory, parseInventory } from '../build/inventory.ts';
import { readInventoryFile } from '../build/inventory-file.ts';
import { RELEASES } from '../build/schema/os.ts';
import { resolveKeys } from '../build/ssh-keys.ts';
import { writeProjectFile } from '../build/write-project-file.ts';
import { UserError } from '../messages/user-error.ts';
import { parseFlags, type Values } from './flags.ts';
import {
  completeAnswers,
  type Given,
  parseNode,
  STANDARD,
  type Suggestions,
} from './init-answers.ts';
import { askAnswers, type Rules } from './init-questions.ts';
import { stepsAfterInit } from './init-steps.ts';
import { interview } from './init-terminal.ts';
import { keyReference } from './key-reference.ts';
import { actAsOwner } from './owner.ts';
import { INVENTORY } from './project-flags.ts';
import { projectOf } from './project-folders.ts';
import { machineNetworks } from './this-machine.ts';

const FLAGS = {
  node: {
    type: 'string',
    value: 'NAME=MAC[=IP/PREFIX]',
    multiple: true,
    otherwise: 'asks',
    about: 'a machine; without an address it uses DHCP',
  },
  gateway: {
    type: 'string',
    value: 'IP|none',
    otherwise: 'asks; with --yes, the usual one',
    about: 'the router for machines with a fixed address',
  },
  dns: {
    type: 'string',
    value: 'IP,…',
    multiple: true,
    otherwise: 'the router',
    about: 'name servers for machines with a fixed address',
  },
  release: {
    type: 'string',
    value: 'RELEASE',
    values: RELEASES,
    otherwise: STANDARD.release,
    about: 'the Ubuntu release',
  },
  key: {
    type: 'string',
    value: 'PATH|KEY|gh:USER',
    multiple: true,
    otherwise: 'the usual ones in ~/.ssh',
    about: 'an ssh public key that may log in',
  },
  cluster: {
    type: 'string',
    value: 'NAME',
    otherwise: STANDARD.cluster,
    about: "the cluster's name",
  },
  'genesis-ip': {
    type: 'string',
    value: 'IP|auto',
    otherwise: STANDARD.genesisIp,
    about: 'the address of the computer that serves the boot files',
  },
  inventory: INVENTORY,
  yes: { type: 'boolean', default: false, about: 'asks nothing and takes every suggestion' },
} as const;

/** Writes a first nodes.yaml; on a terminal it asks for what flags leave open. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parseFlags('init', args, FLAGS);
  const path = flags.inventory;
  actAsOwner('init', projectOf(path));
  const replaces = replacesExample(path);
  const folder = dirname(resolve(path));
  const given = givenBy(flags, folder);
  const project = new Project(folder);
  const asks = process.stdin.isTTY && process.stdout.isTTY && !flags.yes;
  const answers = asks
    ? await interview((terminal) => askAnswers(terminal, given, suggestions(), project))
    : completeAnswers(given, suggestions(), flags.yes);
  const problem = project.problem(answers, true);
  if (problem !== null) throw new UserError(`init: ${problem}`);
  if (replaces) keepExample(path);
  const text = project.textOf(answers);
  await writeProjectFile(path, text);
  report(parseInventory({ name: path, text }));
  return 0;
}

/**
 * Whether there is an inventory that may be replaced: the example, which nobody can have booted.
 * @throws {UserError} if there is another one
 */
function replacesExample(path: string): boolean {
  if (!existsSync(path)) return false;
  if (isExample(readInventoryFile(path).text)) return true;
  throw new UserError(
    `init: ${path} already exists\n` +
      '  hint: run ./homepbp add NAME --mac M to add a machine to it, or write another file with --inventory F',
  );
}

/** The example may have been edited, so it is kept. */
function keepExample(path: string) {
  const kept = `${path}.old`;
  try {
    copyFileSync(path, kept, constants.COPYFILE_EXCL);
  } catch (cause) {
    const hint = existsSync(kept) ? `move ${kept} out of the way` : 'check the permissions';
    throw new UserError(
      `init: the example in ${path} cannot be saved as ${kept}\n  hint: ${hint}, or write another file with --inventory F`,
      { cause },
    );
  }
  process.stdout.write(`${path} was the example; saved as ${kept}\n`);
}

function givenBy(flags: Values<typeof FLAGS>, folder: string): Given {
  const { release, cluster, gateway } = flags;
  return {
    release,
    cluster,
    gateway,
    genesisIp: flags['genesis-ip'],
    dns: flags.dns?.flatMap((list) => list.split(',')),
    nodes: flags.node?.map(parseNode),
    keys: flags.key?.map((key) => keyReference(key, folder, homedir())),
  };
}

/** The folder that nodes.yaml will be in. */
class Project implements Rules {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  textOf(answers: FirstAnswers): string {
    const schema = relative(this.#folder, join(import.meta.dirname, '../nodes.schema.json'));
    return firstInventory(answers, schema.startsWith('.') ? schema : `./${schema}`);
  }

  problem(answers: FirstAnswers, withKeys: boolean): string | null {
    const faults = faultsOf(this.textOf(answers), (inventory) =>
      withKeys ? resolveKeys(inventory, { folder: this.#folder, home: homedir() }).faults : [],
    );
    const lines = faults.map(({ message, hint }) =>
      hint === undefined ? message : `${message}\n  hint: ${hint}`,
    );
    return lines.length === 0 ? null : lines.join('\n');
  }

  keyReference(line: string): string {
    return keyReference(line, this.#folder, homedir());
  }
}

function suggestions(): Suggestions {
  const home = homedir();
  const probe = parseInventory({ name: '', text: 'nodes: [{ name: a, mac: 02-00-00-00-00-01 }]' });
  const folder = join(home, '.ssh');
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  return {
    networks: machineNetworks(),
    usualKeys: resolveKeys(probe, { folder: home, home }).byNode[0]?.length ?? 0,
    otherKeys: files.filter((name) => name.endsWith('.pub')).map((name) => `~/.ssh/${name}`),
  };
}

function report({ source, document, warnings }: Inventory) {
  if (warnings.length > 0) process.stderr.write(`${formatFaults(source, warnings, 'warning: ')}\n`);
  const count = document.nodes.length;
  const pages = machineNetworks().map(({ cidr }) => pageAt(cidr, document));
  const steps = stepsAfterInit(source.name, pages).map((line) => `${line}\n`);
  process.stdout.write(
    `${source.name}: written with ${count} ${count === 1 ? 'node' : 'nodes'}\n\n${steps.join('')}`,
  );
}

function pageAt(cidr: string, { genesis }: Inventory['document']): string {
  return `http://${cidr.split('/')[0]}:${httpAddress(genesis).httpPort}/`;
}
