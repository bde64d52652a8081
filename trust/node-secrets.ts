// Which secrets a node gets.
import { createHmac } from 'node:crypto';
import type { Role } from '../contract/inventory.ts';
import type { Issued, SecretSet } from '../contract/issued.ts';
import type { NodeSecrets } from '../contract/node-secrets.ts';
import { proof } from './proof.ts';

interface Node {
  readonly name: string;
  readonly role: Role;
}

/**
 * A node's secrets of a set. An agent can neither join as a server nor speak as one, or as another agent: it gets no
 * server token, and a peer key that only it and the servers know.
 */
export function secretsFor(
  node: Node,
  set: SecretSet,
  { passwordKey }: Pick<Issued, 'passwordKey'>,
): NodeSecrets {
  const { name, role } = node;
  return {
    version: 2,
    name,
    role,
    set: set.id,
    token: role === 'server' ? set.token : null,
    agent_token: set.agentToken,
    peer_key: peerKeyOf(node, set.peerKey),
    node_password: role === 'agent' ? passwordOf(name, passwordKey) : null,
  };
}

/** The peer key as this node has it. */
export function peerKeyOf({ name, role }: Node, peerKey: string): string {
  return role === 'server' ? peerKey : proof(peerKey, 'agent', name);
}

/** 32 hex digits, as k3s' own; as payload/artefacts/password.py once made them on nodes without a disk. */
function passwordOf(name: string, passwordKey: string): string {
  const text = `homepbp node password ${name}`;
  return createHmac('sha256', passwordKey).update(text).digest('hex').slice(0, 32);
}
