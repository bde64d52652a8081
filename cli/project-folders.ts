// Where a project keeps its folders unless a flag says otherwise.
import { dirname, join, resolve } from 'node:path';

/** The folder that has nodes.yaml, state/ or another part of the project. */
export function projectOf(path: string): string {
  return dirname(resolve(path));
}

/** secrets/ in the same folder as nodes.yaml or state/, which is where the build puts it. */
export function secretsBeside(path: string): string {
  return join(projectOf(path), 'secrets');
}

/** state/ in the same folder as nodes.yaml. */
export function stateBeside(inventory: string): string {
  return join(projectOf(inventory), 'state');
}
