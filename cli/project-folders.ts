// Where a project keeps its folders unless a flag says otherwise.
import { dirname, join, resolve } from 'node:path';

/** secrets/ in the same folder as nodes.yaml or state/, which is where the build puts it. */
export function secretsBeside(path: string): string {
  return join(dirname(resolve(path)), 'secrets');
}

/** state/ in the same folder as nodes.yaml. */
export function stateBeside(inventory: string): string {
  return join(dirname(resolve(inventory)), 'state');
}
