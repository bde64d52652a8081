// An existing kubeconfig may contain the keys of other clusters.
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { z } from 'zod';
import { holdsAnother, holdsOthers, outUnreadable } from './kubeconfig-errors.ts';

const named = z.object({ name: z.string() });
const cluster = z.object({ 'certificate-authority-data': z.string().optional() });
const schema = z.object({
  clusters: z.array(named.extend({ cluster })),
  contexts: z.array(named),
  users: z.array(named),
});

/**
 * Checks that the file may be replaced by a kubeconfig for the cluster of this name: it does not exist,
 * or contains nothing else.
 * @throws {UserError} if it contains something else, or cannot be read
 */
export function checkReplaceable(path: string, name: string): void {
  const text = read(path);
  const others = text === null ? '' : othersIn(text, name);
  if (others !== '') throw holdsOthers(path, others);
}

/**
 * Checks that an existing file is for this very cluster: another one may have the same name.
 * @param ca as in the kubeconfig
 * @throws {UserError} if it is for another one, or cannot be read
 */
export function checkSameCluster(path: string, ca: string): void {
  const { data } = schema.safeParse(parse(read(path) ?? ''));
  const is = data?.clusters.every(({ cluster }) => cluster['certificate-authority-data'] === ca);
  if (is === false) throw holdsAnother(path);
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw outUnreadable(path, error);
  }
}

function parse(text: string): unknown {
  try {
    return load(text);
  } catch {
    return null;
  }
}

/** What it contains besides this cluster, for messages; empty if nothing. */
function othersIn(text: string, name: string): string {
  const { success, data } = schema.safeParse(parse(text));
  if (!success) return 'something else';
  const names = new Set([data.clusters, data.contexts, data.users].flat().map((one) => one.name));
  names.delete(name);
  return [...names].join(', ');
}
