// `ssh.keys` and `ssh_keys` → public keys, from files, literals or the user's own ~/.ssh.
import { join } from 'node:path';
import { SSH_PUBLIC_KEY } from '../contract/ssh-key.ts';
import type { Fault } from './faults.ts';
import type { Inventory } from './inventory.ts';
import { resolvePath } from './paths.ts';
import { type ReadText, readTextFile } from './read-text.ts';
import type { Path } from './yaml-path.ts';

/** The usual names of public keys, preferred ones first (ssh-keygen(1), FILES). */
const USUAL = [
  'id_ed25519.pub',
  'id_ed25519_sk.pub',
  'id_ecdsa.pub',
  'id_ecdsa_sk.pub',
  'id_rsa.pub',
];

/** sshd(8), AUTHORIZED_KEYS FILE FORMAT: options, some with a value in quotes, before the key. */
const OPTION = String.raw`[\w-]+(?:="(?:[^"\\\p{Cc}]|\\[^\p{Cc}])*")?`;
const KEY_LINE = new RegExp(
  `^(?:${OPTION}(?:,${OPTION})*[ \\t]+)?${SSH_PUBLIC_KEY.source.slice(1)}`,
  'u',
);

/** The example inventory's public key, whose private key was deleted. */
export const EXAMPLE_KEY_COMMENT = 'nobody@homepbp-example';

export interface NodeKeys {
  /** Public keys for each entry of `nodes:`, in its order. */
  readonly byNode: readonly (readonly string[])[];
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/** Where keys come from. */
export interface KeySources {
  /** What relative paths in the inventory are relative to. */
  readonly folder: string;
  /** The user's home folder. */
  readonly home: string;
  /** Default: from the file system. */
  readonly readText?: ReadText;
  /** `gh:<user>` → keys locked by fetch; without it, such references give none. */
  readonly fetched?: Readonly<Record<string, readonly string[]>>;
}

/** The keys that each node accepts: its own `ssh_keys`, else those of `defaults`, else `ssh.keys`. */
export function resolveKeys(inventory: Inventory, sources: KeySources): NodeKeys {
  const { document, offsetOf } = inventory;
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  const cache = new Map<string, readonly string[]>();
  const resolve = (references: readonly string[] | 'auto', path: Path): readonly string[] => {
    const known = cache.get(path.join('.'));
    if (known !== undefined) return known;
    const results =
      references === 'auto'
        ? [{ offset: offsetOf(path), ...usualKeys(sources) }]
        : references.map((reference, index) => ({
            offset: offsetOf([...path, index]),
            ...readKey(reference, sources),
          }));
    for (const { offset, fault } of results)
      if (fault !== undefined) faults.push({ offset, ...fault });
    for (const { offset, keys, leftOut = [] } of results) {
      if (keys.some(isExample)) warnings.push({ offset, ...EXAMPLE_WARNING });
      for (const place of leftOut) warnings.push({ offset, ...leftOutWarning(place) });
    }
    const keys = [...new Set(results.flatMap((result) => result.keys))];
    cache.set(path.join('.'), keys);
    return keys;
  };
  const byNode = document.nodes.map((node) => resolve(node.ssh_keys, node.places.ssh_keys));
  return { byNode, faults, warnings };
}

interface Resolved {
  readonly keys: readonly string[];
  readonly fault?: { readonly message: string; readonly hint: string };
  /** Lines of key files that hold something else, as `FILE:LINE`. */
  readonly leftOut?: readonly string[];
}

function isExample(key: string): boolean {
  return key.endsWith(` ${EXAMPLE_KEY_COMMENT}`);
}

const EXAMPLE_WARNING = {
  message: 'this is the example key: nobody can log in with it',
  hint: "use 'keys: auto' for your own keys in ~/.ssh, or list a public key of yours",
};

function leftOutWarning(place: string) {
  return {
    message: `${place} is not a public key that sshd accepts, and is left out`,
    hint: 'remove the line, comment it out with #, or copy the whole line of the .pub file',
  };
}

function usualKeys({ home, readText = readTextFile }: KeySources): Resolved {
  const files = USUAL.map((name) => join(home, '.ssh', name));
  const found = files.map((path) => keysIn(readText(path) ?? '', path));
  const keys = found.flatMap((file) => file.keys);
  if (keys.length > 0) return { keys, leftOut: found.flatMap((file) => file.leftOut) };
  return failed(
    `no ssh key found in ${join(home, '.ssh')}`,
    "create one with 'ssh-keygen -t ed25519', or list public keys under ssh: { keys: […] }",
  );
}

function readKey(reference: string, sources: KeySources): Resolved {
  const { folder, home, readText = readTextFile } = sources;
  if (KEY_LINE.test(reference)) return { keys: [reference] };
  if (reference.includes('PRIVATE KEY')) return failed('this is a private key', PRIVATE_HINT);
  if (/^(ssh|ecdsa|sk)-\S+ |\s(ssh|ecdsa|sk)-\S+\s+AAAA/.test(reference)) {
    return failed('this public key is damaged', 'copy the whole line of the .pub file');
  }
  if (reference.startsWith('gh:')) return fetchedKeys(reference, sources);
  return readKeyFile(resolvePath(reference, folder, home), readText);
}

function fetchedKeys(reference: string, { fetched }: KeySources): Resolved {
  if (fetched === undefined) return { keys: [] };
  const keys = Object.hasOwn(fetched, reference) ? (fetched[reference] ?? []) : [];
  if (keys.length > 0) return { keys };
  return failed(`the keys of '${reference}' have not been fetched`, 'run ./homepbp fetch');
}

const PRIVATE_HINT =
  'use the public key (the file that ends in .pub) and keep the private one to yourself';

function readKeyFile(path: string, readText: ReadText): Resolved {
  const text = readText(path);
  if (text === null)
    return failed(`the ssh key file ${path} cannot be read`, 'paths are relative to nodes.yaml');
  if (text.includes('PRIVATE KEY')) return failed(`${path} is a private key`, PRIVATE_HINT);
  const found = keysIn(text, path);
  if (found.keys.length === 0)
    return failed(
      `${path} contains no public key`,
      'it should be one line that starts with ssh-ed25519, ssh-rsa, ecdsa- or sk-',
    );
  return found;
}

/** The keys among the lines of a file, with their options. */
function keysIn(text: string, path: string): { keys: string[]; leftOut: string[] } {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const isOdd = (line: string) => !/^(#|$)/.test(line) && !KEY_LINE.test(line);
  return {
    keys: lines.filter((line) => KEY_LINE.test(line)),
    leftOut: lines.flatMap((line, index) => (isOdd(line) ? `${path}:${index + 1}` : [])),
  };
}

function failed(message: string, hint: string): Resolved {
  return { keys: [], fault: { message, hint } };
}
