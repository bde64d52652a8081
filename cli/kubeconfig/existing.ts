// A kubeconfig that is there already may hold the keys of other clusters.
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { z } from 'zod';
import { reasonOf } from '../../build/errors.ts';
import { UserError } from '../../contract/user-error.ts';

const named = z.array(z.object({ name: z.string() }));
const schema = z.object({ clusters: named, contexts: named, users: named });

/**
 * Whether the file may be replaced by this cluster's key: there is none, or it holds nothing else.
 * @throws {UserError} where it holds something else, or cannot be read
 */
export function checkReplaceable(path: string, cluster: string): void {
  const text = read(path);
  if (text === null) return;
  const others = othersIn(text, cluster);
  if (others === '') return;
  throw new UserError(
    `kubeconfig: ${path} holds ${others} and stays as it is\n` +
      '  hint: name another file with --out; kubectl reads several: KUBECONFIG=ONE:OTHER',
  );
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UserError(
      `kubeconfig: ${path} cannot be read: ${reasonOf(error)}\n  hint: name another file with --out`,
      { cause: error },
    );
  }
}

/** What it holds besides this cluster, for people; empty where that is nothing. */
function othersIn(text: string, cluster: string): string {
  let document: unknown;
  try {
    document = load(text);
  } catch {
    return 'something else';
  }
  const { success, data } = schema.safeParse(document);
  if (!success) return 'something else';
  const names = new Set([data.clusters, data.contexts, data.users].flat().map(({ name }) => name));
  names.delete(cluster);
  return [...names].join(', ');
}
