// A node's own secrets: secrets.json on its STATE, and what is sealed when it enrols. Read by Python, so its
// keys are in snake case.
import * as z from 'zod/mini';
import { roleSchema } from './inventory.ts';
import type { Agreed } from './parse.ts';

export const nodeSecretsSchema = z.object({
  version: z.literal(2),
  name: z.string(),
  role: roleSchema,
  /** The id of the set (contract/issued.ts). */
  set: z.string(),
  /** Null on agents. */
  token: z.nullable(z.string()),
  agent_token: z.string(),
  /** On agents: derived from the servers' and the name (trust/node-secrets.ts). */
  peer_key: z.string(),
  /** On agents: k3s' servers recognize them by it (payload/artefacts/password.py). Null on servers. */
  node_password: z.nullable(z.string()),
  /** In the answer to an enrolment: the ids of the sets that Genesis keeps, so that nodes forget the others. */
  kept: z.optional(z.array(z.string())),
});

export type NodeSecrets = Agreed<typeof nodeSecretsSchema>;

/** In nodes/<mac>/ of an export for a plain web server: the secrets in the clear. */
export const CLEAR_SECRETS = 'secrets.json';

/** In nodes/<mac>/ of an export: the secrets, sealed to the key of an enrolled node. */
export const SEALED_SECRETS = 'secrets.sealed.json';
