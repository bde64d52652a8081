// secrets/issued/secrets.json: the secrets that nodes get when they enrol. The build writes it, mode 0600, because
// only the build can resolve `cluster.token`; the shim and exports read it, and need see nothing else of secrets/.
// Never in dist/.
import * as z from 'zod/mini';
import type { Agreed } from './parse.ts';
import { parseFile } from './parse-file.ts';

/** In secrets/. In a folder of its own, so that a service can be shown it alone. */
export const ISSUED = 'issued/secrets.json';

/** Random; derived from no secret. */
export const setIdSchema = z.string().check(z.regex(/^[0-9a-f]{16}$/, 'is not 16 hex digits'));

const secretSetSchema = z.object({
  id: setIdSchema,
  /** What servers join with. */
  token: z.string(),
  /** What agents join with: k3s' `agent-token`. */
  agentToken: z.string(),
  /** What servers sign their datagrams with; agents get one derived from it (trust/node-secrets.ts). */
  peerKey: z.string(),
});

export type SecretSet = Agreed<typeof secretSetSchema>;

const issuedSchema = z.object({
  version: z.literal(1),
  /** Random, as in state/enrolment.json; no rotation changes it. */
  project: z.string(),
  /** What the passwords of agents' k3s are derived from: the first peer key; no rotation changes it. */
  passwordKey: z.string(),
  /** The newest set first; the others are those that nodes may still have. At least one. */
  sets: z.array(secretSetSchema).check(z.minLength(1)),
});

export type Issued = Agreed<typeof issuedSchema>;

/** @throws {UserError} when it is damaged */
export function parseIssued(text: string, path: string): Issued {
  return parseFile(
    issuedSchema,
    text,
    path,
    'restore it from a backup; if there is none, remove it and run ./homepbp build',
  );
}
