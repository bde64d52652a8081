// The network of the system that this runs on.
import { linuxNetwork } from './linux.ts';
import { macosNetwork } from './macos.ts';
import type { Network } from './network.ts';

/** Systems other than these two have no neighbours here: the guard then admits nobody. */
export function systemNetwork(): Network {
  return process.platform === 'darwin' ? macosNetwork() : linuxNetwork();
}
