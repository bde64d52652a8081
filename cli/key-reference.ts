// An ssh key as the command line names it → as nodes.yaml names it.
import { join, relative, resolve, sep } from 'node:path';

/**
 * Literal keys and `gh:<user>` stay, and so does nothing. A path is relative to where the command runs, and in nodes.yaml
 * to its folder; one in the user's home is written with `~/`, as shells take it, so that it holds
 * for whoever builds.
 */
export function keyReference(
  given: string,
  folder: string,
  home: string,
  here = process.cwd(),
): string {
  if (/^(ssh|ecdsa|sk)-\S+\s|^gh:|PRIVATE KEY|^\s*$/.test(given)) return given.trim();
  const path = given.startsWith('~/') ? join(home, given.slice(2)) : resolve(here, given);
  if (isBelow(folder, path)) return relative(folder, path);
  return isBelow(home, path) ? `~/${relative(home, path)}` : path;
}

function isBelow(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
