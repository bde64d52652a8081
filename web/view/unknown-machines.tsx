import type { InventoryFile } from '../../contract/inventory.ts';
import { macWithColons } from '../../contract/mac.ts';
import type { UnknownMachine } from '../../contract/timeline.ts';
import { formatAgo } from '../model/format.ts';
import { entriesFor } from '../model/new-node.ts';
import { CopyButton } from './copy-button.tsx';

interface Props {
  readonly machines: readonly UnknownMachine[];
  readonly inventory: InventoryFile;
  readonly now: number;
}

/** Machines that asked for something but are not in nodes.yaml. */
export function UnknownMachines({ machines, inventory, now }: Props) {
  if (machines.length === 0) return null;
  const entries = entriesFor(machines, inventory);
  return (
    <section class="unknown" aria-labelledby="unknown">
      <h2 id="unknown">Unknown machines</h2>
      <p class="lead">
        They asked for boot files and will boot from their own disks. To make one a node, add its
        line under <code>nodes:</code> in nodes.yaml and rebuild.
      </p>
      <ul>
        {machines.map((machine) => (
          <li key={machine.mac} class="stranger" data-mac={machine.mac}>
            <Stranger machine={machine} entry={entries.get(machine.mac) ?? ''} now={now} />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface StrangerProps {
  readonly machine: UnknownMachine;
  readonly entry: string;
  readonly now: number;
}

function Stranger({ machine, entry, now }: StrangerProps) {
  const { mac, address, arch, firmware, seen, asked } = machine;
  const facts = [
    address,
    arch,
    firmware?.toUpperCase(),
    `asked for ${asked}`,
    formatAgo(now - seen),
  ];
  return (
    <>
      <h3>{macWithColons(mac)}</h3>
      <p class="facts">{facts.filter(Boolean).join(' · ')}</p>
      <div class="entry">
        <code>{entry}</code>
        <CopyButton text={`${entry}\n`} what={`the line for ${macWithColons(mac)}`} />
      </div>
    </>
  );
}
