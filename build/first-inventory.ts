// Answers → the text of a first nodes.yaml, and whether the build accepts it.
import type { Fault } from './faults.ts';
import { InventoryError } from './faults.ts';
import { type Inventory, parseInventory } from './inventory.ts';
import { blockEntry, DEFAULT_STYLE, type NewNode } from './node-entry.ts';
import { RELEASES } from './schema/os.ts';
import { EXAMPLE_KEY_COMMENT } from './ssh-keys.ts';
import { yamlText } from './yaml-text.ts';

/** The contents of a first inventory. */
export interface FirstAnswers {
  /** The Ubuntu release. */
  readonly release: string;
  /** The cluster's name. */
  readonly cluster: string;
  /** `auto` or Genesis' address. */
  readonly genesisIp: string;
  /** Paths relative to nodes.yaml, and literal public keys. */
  readonly keys: 'auto' | readonly string[];
  readonly nodes: readonly NewNode[];
  /** Undefined where all nodes use DHCP, or where there is no router. */
  readonly gateway?: string | undefined;
  readonly dns: readonly string[];
}

/**
 * The text of nodes.yaml, with a comment for each section.
 * @param schemaPath nodes.schema.json for editors, relative to where the text will be
 */
export function firstInventory(answers: FirstAnswers, schemaPath: string): string {
  const { release, cluster, genesisIp, keys, nodes } = answers;
  const sections = [
    `# yaml-language-server: $schema=${schemaPath}
# The machines of your cluster. Edit as you like, then run: ./homepbp build
`,
    `# Genesis, the machine that serves the boot files; auto: the next-server that DHCP gives.
genesis:
  ip: ${yamlText(genesisIp)}
`,
    `# The Ubuntu release that the nodes run: ${RELEASES.join(', ')}.
os:
  release: ${yamlText(release)}
`,
    `# Who may log in; auto: the usual public keys in ~/.ssh; or a list of paths and public keys.
ssh:
  keys:${keys === 'auto' ? ' auto' : keys.map((key) => `\n    - ${yamlText(key)}`).join('')}
`,
    `# The k3s cluster that the nodes form.
cluster:
  name: ${yamlText(cluster)}
`,
    networkSection(answers),
    `# One entry per machine. To add one: ./homepbp add NAME --mac MAC
nodes:
${nodes.map((node) => `${blockEntry(node, DEFAULT_STYLE, 2, 4)}\n`).join('')}`,
  ];
  return sections.filter((section) => section !== '').join('\n');
}

function networkSection({ gateway, dns }: FirstAnswers): string {
  const lines = [
    ...(gateway === undefined ? [] : [`  gateway: ${yamlText(gateway)}\n`]),
    ...(dns.length === 0 ? [] : [`  dns: [${dns.map((server) => yamlText(server)).join(', ')}]\n`]),
  ];
  if (lines.length === 0) return '';
  return `# The default gateway and DNS servers of nodes with a fixed address.\nnetwork:\n${lines.join('')}`;
}

/** The faults that the build would find in a text; their places mean nothing until it is written. */
export function faultsOf(
  text: string,
  outside: (inventory: Inventory) => readonly Fault[],
): readonly Fault[] {
  try {
    return outside(parseInventory({ name: 'nodes.yaml', text }));
  } catch (error) {
    if (error instanceof InventoryError) return error.faults;
    throw error;
  }
}

/** Whether an inventory is the project's example, or still has its key. */
export function isExample(text: string): boolean {
  return text.includes(` ${EXAMPLE_KEY_COMMENT}`);
}
