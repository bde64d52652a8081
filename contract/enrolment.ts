// POST /api/enroll: a node shows its public key and gets its secrets sealed to it; and what Genesis
// remembers of that. docs/trust.md says why.
import * as z from 'zod/mini';
import { canonicalMacSchema, roleSchema } from './inventory.ts';
import { setIdSchema } from './issued.ts';
import { macSchema } from './mac-schema.ts';
import { type Agreed, parseJson } from './parse.ts';
import { parseFile } from './parse-file.ts';
import { sha256Schema } from './sha256.ts';

export const ENROLL_API = 'api/enroll';

/** Bytes of a request's body; a longer one is rejected with 413. */
export const MAX_ENROLL_BYTES = 8192;

/** A number that is used once: 16 bytes in hex. */
export const nonceSchema = z.string().check(z.regex(/^[0-9a-f]{32}$/, 'is not 32 hex digits'));

/** Which STATE a node has: the UUID in state.json on it. */
const stateSchema = z.string().check(z.regex(/^[0-9a-z-]{1,36}$/, 'is not the UUID of a STATE'));

/** The JSON body. Unknown keys are ignored. */
const enrollRequestSchema = z.object({
  version: z.literal(1),
  /** Must be the sender's own. */
  mac: macSchema,
  /** Null: a node without a disk, whose key is new at each boot. */
  state: z.nullable(stateSchema),
  /** SubjectPublicKeyInfo in PEM (RFC 7468 section 13); trust/public-key.ts says which are accepted. */
  key: z.string(),
  /** So that an old answer cannot be replayed. */
  nonce: nonceSchema,
  /**
   * The set of secrets that the node works with (contract/issued.ts), with proof(peer key of that set as this node has
   * it, 'uses', nonce, set). Left out by a node that has none, and by older ones.
   */
  uses: z.optional(z.object({ set: setIdSchema, proof: sha256Schema })),
});

export type EnrollRequest = Agreed<typeof enrollRequestSchema>;

const base64 = z.string().check(z.regex(/^[A-Za-z0-9+/]+={0,2}$/, 'is not base64'));

/**
 * Bytes that only the holder of a private key can read (trust/seal.ts, payload/trust/seal.py): RSA-OAEP
 * with SHA-256 around two keys, then AES-256-CBC and HMAC-SHA-256 by them.
 */
export const sealedSchema = z.object({
  version: z.literal(1),
  /** RSA-OAEP of 64 bytes: the cipher's password (32), the tag's key (32). */
  key: base64,
  /** What `openssl enc -aes-256-cbc -pbkdf2 -md sha256` writes; the password is those bytes in hex. */
  data: base64,
  /** HMAC-SHA-256 of `data` as text. */
  tag: sha256Schema,
});

export type Sealed = Agreed<typeof sealedSchema>;

/** The body of a 200. Nodes read it in payload/enroll. */
export const enrollAnswerSchema = z.object({
  version: z.literal(1),
  /** A `nodeSecretsSchema` (contract/node-secrets.ts) in JSON. */
  sealed: sealedSchema,
  /**
   * For a node that has a peer key already: proof(peer key, 'enroll', nonce, tag of `sealed`), one for each
   * set of secrets that Genesis keeps, by the key as this node has it.
   */
  proofs: z.array(sha256Schema),
});

export type EnrollAnswer = Agreed<typeof enrollAnswerSchema>;

/** Below state/: a file for each node, `<name>.json`. */
export const ENROLLED = 'enrolled';

export function enrolledPath(name: string): string {
  return `${ENROLLED}/${name}.json`;
}

/** In state/: locked while a process changes a record; the shim and `./homepbp enroll` both do. */
export const ENROLLED_LOCK = '.enrolled.lock';
/** Milliseconds to wait for the lock. */
export const ENROLLED_WAIT = 10_000;

const seen = z.object({
  /** As Date.toISOString writes it. */
  at: z.iso.datetime(),
  /** The address that asked; null where it is not known. */
  address: z.nullable(z.string()),
  /** trust/public-key.ts: `SHA256:…`. */
  fingerprint: z.string(),
});

const enrolledSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  /** Null: no key is pinned yet; the next one is believed. */
  pinned: z.nullable(
    z.object({
      ...seen.shape,
      mac: canonicalMacSchema,
      role: roleSchema,
      state: z.nullable(stateSchema),
      /** PEM. */
      key: z.string(),
      /** `wipe:` of the inventory then: a new word lets another key in once. */
      wipe: z.nullable(z.string()),
      /** The set of secrets that it last proved to work with; missing: none yet. */
      uses: z.optional(z.string()),
    }),
  ),
  /** `./homepbp enroll NAME`: when it let the next key in; null once that has come. */
  admitted: z.nullable(z.string()),
  /** The last key that was refused since; null: none. */
  refused: z.nullable(seen),
});

/** What Genesis remembers of a node. */
export type Enrolled = Agreed<typeof enrolledSchema>;

/** @throws {UserError} when it is damaged */
export function parseEnrolled(text: string, path: string): Enrolled {
  return parseFile(
    enrolledSchema,
    text,
    path,
    'restore it from a backup, or remove it and run ./homepbp enroll with the name of the node',
  );
}

/**
 * In state/: that this is the folder which belongs to secrets/. Without it the folder is new or lost, and
 * no key is believed until `./homepbp enroll --all`.
 */
export const ENROLMENT = 'enrolment.json';

const enrolmentSchema = z.object({
  version: z.literal(1),
  /** As in contract/issued.ts: the id of the project, which no rotation changes. */
  project: z.string(),
});

export type Enrolment = Agreed<typeof enrolmentSchema>;

/** @throws {UserError} when it is damaged */
export function parseEnrolment(text: string, path: string): Enrolment {
  return parseFile(
    enrolmentSchema,
    text,
    path,
    'run ./homepbp enroll --all, which writes it again',
  );
}

/** @throws {Mismatch} */
export function parseEnrollRequest(text: string): EnrollRequest {
  return parseJson(enrollRequestSchema, text);
}
