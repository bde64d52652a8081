// The guard of nodes/: its files have what only their owner and that machine should read (ssh keys, the user's own
// cloud-init), so each folder is only for the machine with that MAC address. It fails closed.
import { macWithColons, parseMac } from '../../contract/mac.ts';
import { NODES } from '../../contract/paths.ts';
import { unmapped } from '../unmapped.ts';
import { clientMac } from './client-mac.ts';
import type { Network } from './network.ts';

export interface Guard {
  /**
   * Null when the connection's client may have this file of nodes/; otherwise why not, and how to
   * fix that, in one line.
   * @param name a path for which isNodePath holds
   * @param client the connection's remote address, never taken from a header
   * @param local the connection's local address
   */
  refusal(
    name: string,
    client: string | undefined,
    local: string | undefined,
  ): Promise<string | null>;
}

/**
 * Whether a relative path is in nodes/, also on file systems that ignore case, Unicode composition
 * or invisible characters (macOS).
 */
export function isNodePath(name: string): boolean {
  const [first = ''] = name.split('/', 1);
  const folded = first.normalize('NFKC').replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '');
  return folded.toLowerCase() === NODES;
}

export function createGuard(network: Network): Guard {
  return {
    async refusal(name, client, local) {
      const [, folder = ''] = name.split('/', 2);
      const asked = parseMac(folder);
      const seen = await clientMac(network, client, local);
      if (seen.kind === 'self') return SELF;
      if (seen.kind === 'unknown') return unknown(client && unmapped(client));
      return seen.mac === asked ? null : otherMac(folder, seen.mac);
    },
  };
}

const SELF = 'the files in nodes/ are for their machines only; preview/ shows what they contain';

const OFF = 'or, if anyone on the network may read them, serve with --guard off';

function unknown(client = 'this client') {
  return (
    `the MAC address of ${client} is not known here, so it gets no files from nodes/; ` +
    `boot it on the same network as Genesis, with no router or NAT in between, ${OFF}`
  );
}

function otherMac(folder: string, seen: string) {
  return (
    `nodes/${folder}/ is not for the machine with the MAC address ${macWithColons(seen)}; ` +
    `if it is that node, put this address into nodes.yaml and rebuild, ${OFF}`
  );
}
