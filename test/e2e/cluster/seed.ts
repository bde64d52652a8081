// What a node's seed says (contract/node-config.ts), for the nodes of a test.
import { randomBytes } from 'node:crypto';
import type { SecretSet } from '../../../contract/issued.ts';
import type { ClusterConfig, NodeConfig } from '../../../contract/node-config.ts';
import { secretsFor } from '../../../trust/node-secrets.ts';

/** What a test decides about its cluster; the rest is as `build` would write it. */
export interface ClusterPlan {
  /** Names of the servers, with their addresses. */
  readonly servers: Readonly<Record<string, string>>;
  readonly cluster?: Partial<ClusterConfig>;
  readonly role?: 'server' | 'agent';
}

/** Secrets as `build` makes them: 64 hex digits each. */
export function makeSecrets(): SecretSet {
  const word = () => randomBytes(32).toString('hex');
  return { id: randomBytes(8).toString('hex'), token: word(), agentToken: word(), peerKey: word() };
}

/**
 * secrets.json on the STATE of a node.
 * @param old as before agents had a token and keys of their own
 */
export function nodeSecrets(node: NodeConfig, set: SecretSet, old: boolean): object {
  if (old) return { version: 1, token: set.token, peer_key: set.peerKey };
  return secretsFor(node, set, { passwordKey: set.peerKey });
}

/** /etc/homepbp/node.json of a node. */
export function nodeConfig(name: string, mac: string, plan: ClusterPlan): NodeConfig {
  const names = Object.keys(plan.servers).sort();
  return {
    version: 1,
    name,
    macs: [mac],
    role: plan.role ?? 'server',
    boot: 'live',
    disk: 'auto',
    wipe: null,
    ip: null,
    known_servers: [],
    cluster: {
      name: 'home',
      k3s: 'stable',
      k3s_version: null,
      epoch: 1,
      quorum: 'majority',
      founded: false,
      ca_hash: null,
      ignore: [],
      known_servers: [],
      k3s_config: { disable: ['traefik'], 'secrets-encryption': true },
      founding_sets: [names],
      servers: names.map((server) => ({ name: server, ip: plan.servers[server] ?? null })),
      ...plan.cluster,
    },
    k3s_files: [],
  };
}
