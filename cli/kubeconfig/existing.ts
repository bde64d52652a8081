// A kubeconfig that is there already may hold the keys of other clusters.
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
 * Whether the file may be replaced by a key of a cluster of this name: there is none, or it holds
 * nothing else.
 * @throws {UserError} where it holds something else, or cannot be read
 */
export function checkReplaceable(path: string, name: string): void {
  const text = read(path);
  const others = text === null ? '' : othersIn(text, name);
  if (others !== '') throw holdsOthers(path, others);
}

/**
 * Whether what is there is a key of this very cluster: another one may have the same name.
 * @param ca as the kubeconfig has it
 * @throws {UserError} where it is another's, or cannot be read
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

/** What it holds besides this cluster, for people; empty where that is nothing. */
function othersIn(text: string, name: string): string {
  const { success, data } = schema.safeParse(parse(text));
  if (!success) return 'something else';
  const names = new Set([data.clusters, data.contexts, data.users].flat().map((one) => one.name));
  names.delete(name);
  return [...names].join(', ');
}
