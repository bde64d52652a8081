// Which secrets a node gets.
import type { Role } from '../contract/inventory.ts';
import type { SecretSet } from '../contract/issued.ts';
import type { NodeSecrets } from '../contract/node-secrets.ts';
import { proof } from './proof.ts';

/**
 * A node's secrets. An agent can neither join as a server nor speak as one, or as another agent: it gets no
 * server token, and a peer key that only it and the servers know.
 */
export function secretsFor(node: { name: string; role: Role }, set: SecretSet): NodeSecrets {
  const { name, role } = node;
  return {
    version: 2,
    name,
    role,
    set: set.id,
    token: role === 'server' ? set.token : null,
    agent_token: set.agentToken,
    peer_key: peerKeyOf(node, set.peerKey),
  };
}

/** The peer key as this node has it. */
export function peerKeyOf({ name, role }: { name: string; role: Role }, peerKey: string): string {
  return role === 'server' ? peerKey : proof(peerKey, 'agent', name);
}
