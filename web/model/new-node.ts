// The nodes.yaml entry that makes an unknown machine a node.
import type { InventoryFile } from '../../contract/inventory.ts';
import { macWithColons } from '../../contract/mac.ts';
import type { UnknownMachine } from '../../contract/timeline.ts';

/** A line to paste under `nodes:` for each machine, by its MAC address; each with a unique name. */
export function entriesFor(
  machines: readonly UnknownMachine[],
  inventory: Pick<InventoryFile, 'nodes'>,
): ReadonlyMap<string, string> {
  const names = inventory.nodes.map(({ name }) => name);
  const entries = new Map<string, string>();
  // Earlier machines keep their names when others follow.
  for (const machine of machines.toSorted((a, b) => a.firstSeen - b.firstSeen)) {
    const name = nextName(names);
    names.push(name);
    entries.set(machine.mac, entryFor(machine, name, inventory.nodes));
  }
  return entries;
}

function entryFor({ mac, arch }: UnknownMachine, name: string, nodes: InventoryFile['nodes']) {
  const usual = nodes.length > 0 && nodes.every((node) => node.arch === arch);
  const shown = arch === null || usual ? '' : `, arch: ${arch}`;
  // YAML takes `007` for a number.
  const quoted = /^[a-z]/.test(name) ? name : `"${name}"`;
  return `  - { name: ${quoted}, mac: "${macWithColons(mac)}"${shown} }`;
}

/** One more than the highest number of the last node's series: node02, node03 → node04. */
function nextName(names: readonly string[]): string {
  const [, stem = 'node', digits = '00'] = /^(.*?)(\d{1,9})$/.exec(names.at(-1) ?? '') ?? [];
  const numbers = names
    .filter((name) => name.startsWith(stem))
    .map((name) => name.slice(stem.length))
    .filter((rest) => /^\d{1,9}$/.test(rest))
    .map(Number);
  const next = Math.max(0, ...numbers) + 1;
  return stem + String(next).padStart(digits.length, '0');
}
