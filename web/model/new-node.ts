// The entry of nodes.yaml that makes an unknown machine a node.
import type { InventoryFile } from '../../contract/inventory.ts';
import { macWithColons } from '../../contract/mac.ts';
import type { UnknownMachine } from '../../contract/timeline.ts';

/** One line to paste below `nodes:`. */
export function entryFor(
  machine: Pick<UnknownMachine, 'mac' | 'arch'>,
  inventory: Pick<InventoryFile, 'nodes'>,
): string {
  const { mac, arch } = machine;
  const usual = inventory.nodes.every((node) => node.arch === arch);
  const shown = arch === null || (usual && inventory.nodes.length > 0) ? '' : `, arch: ${arch}`;
  const next = nextName(inventory.nodes.map((node) => node.name));
  // YAML takes `007` for a number.
  const name = /^[a-z]/.test(next) ? next : `"${next}"`;
  return `  - { name: ${name}, mac: "${macWithColons(mac)}"${shown} }`;
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
