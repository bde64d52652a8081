// What the tree holds for machines to fetch, grouped by familiar folders.
import type { Manifest } from '../../contract/manifest.ts';

export interface MediaGroup {
  readonly folder: string;
  /** Bytes. */
  readonly size: number;
  /** Names in the folder, in the manifest's order. */
  readonly files: readonly { readonly name: string; readonly size: number }[];
}

/** The files of os/, k3s/ and tftp/, grouped by folder. */
export function mediaGroups(manifest: Manifest): MediaGroup[] {
  const paths = Object.entries(manifest).filter(([path]) => /^(os|k3s|tftp)\//.test(path));
  const folders = Map.groupBy(paths, ([path]) => folderOf(path));
  return [...folders].map(([folder, entries]) => ({
    folder,
    size: entries.reduce((sum, [, { size }]) => sum + size, 0),
    files: entries.map(([path, { size }]) => ({ name: path.slice(folder.length + 1), size })),
  }));
}

/** `os/24.04-amd64`, also for files deeper in it. */
function folderOf(path: string): string {
  const steps = path.split('/');
  return steps.slice(0, steps.length > 2 ? 2 : 1).join('/');
}

/** Whether machines can boot this system: a build writes its list of files last. */
export function isFetched(manifest: Manifest, os: string): boolean {
  return Object.hasOwn(manifest, `os/${os}/fetch.list`);
}
