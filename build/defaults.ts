// The defaults of nodes.yaml, all of them: the schema is built with these, and everything after the
// schema sees them as if they were written.
import { DEFAULT_HTTP_PORT } from '../contract/inventory.ts';
import type { ClusterDefaults } from './schema/cluster.ts';
import type { GenesisDefaults } from './schema/genesis.ts';
import type { NodeDefaults } from './schema/node.ts';
import type { OsDefaults } from './schema/os.ts';

/** By the sections of nodes.yaml. */
export interface Defaults {
  readonly genesis: GenesisDefaults;
  readonly os: OsDefaults;
  readonly ssh: { readonly keys: 'auto' };
  readonly cluster: ClusterDefaults;
  readonly defaults: NodeDefaults;
}

export const DEFAULTS: Defaults = {
  genesis: { ip: 'auto', http_port: DEFAULT_HTTP_PORT },
  os: { release: '20.04', kernel: 'ga' },
  ssh: { keys: 'auto' },
  cluster: {
    name: 'home',
    k3s: 'stable',
    token: 'auto',
    enroll: 'once',
    founding: { quorum: 'majority', epoch: 1 },
  },
  defaults: { arch: 'amd64', role: 'server', boot: 'live', disk: 'auto' },
};
