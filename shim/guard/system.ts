// The network of this operating system.
import { linuxNetwork } from './linux.ts';
import { macosNetwork } from './macos.ts';
import type { Network } from './network.ts';

/** On any other system there are no neighbours, so the guard admits nobody. */
export function systemNetwork(): Network {
  return process.platform === 'darwin' ? macosNetwork() : linuxNetwork();
}
