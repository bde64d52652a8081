// An ssh key as given on the command line → as nodes.yaml refers to it.
import { join, relative, resolve, sep } from 'node:path';

/**
 * Literal keys, `gh:<user>` and empty input are returned unchanged. Paths are given relative to the
 * current folder, but nodes.yaml's are relative to its own; a path in the user's home becomes `~/…`,
 * so that it works for whoever builds.
 */
export function keyReference(
  given: string,
  folder: string,
  home: string,
  here = process.cwd(),
): string {
  if (/^(ssh|ecdsa|sk)-\S+\s|\s(ssh|ecdsa|sk)-\S+\s+AAAA|^gh:|PRIVATE KEY|^\s*$/.test(given))
    return given.trim();
  const path = given.startsWith('~/') ? join(home, given.slice(2)) : resolve(here, given);
  if (isBelow(folder, path)) return relative(folder, path);
  return isBelow(home, path) ? `~/${relative(home, path)}` : path;
}

function isBelow(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
