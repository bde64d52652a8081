// Whether the addresses in dist/ agree with those of the computer that serves it: pure.
import type { InventoryFile } from '../contract/inventory.ts';

/**
 * What does not agree, in words.
 * @param own all addresses of this computer
 */
export function addressFaults(
  { genesisIp, nodes }: Pick<InventoryFile, 'genesisIp' | 'nodes'>,
  own: readonly string[],
): string[] {
  const elsewhere =
    genesisIp === undefined || own.includes(genesisIp)
      ? []
      : [
          `the scripts send machines to ${genesisIp} (genesis.ip), which is not an address of this computer; ` +
            'give it that address again, or set genesis.ip: auto in nodes.yaml and build',
        ];
  const taken = nodes.flatMap(({ name, ip = '' }) => {
    const [address = ''] = ip.split('/');
    if (!own.includes(address)) return [];
    return [
      `this computer has ${address}, the address of ${name}: they cannot both be on the network; give one of them another`,
    ];
  });
  return [...elsewhere, ...taken];
}
