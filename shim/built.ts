// What dist/ says about itself: inventory.json and manifest.json, reread when a build has replaced
// them.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseBuildRecord } from '../contract/build-record.ts';
import {
  type InventoryFile,
  type InventoryNode,
  parseInventoryFile,
} from '../contract/inventory.ts';
import { type Manifest, parseManifest } from '../contract/manifest.ts';
import { BUILD_RECORD, INVENTORY, MANIFEST } from '../contract/paths.ts';
import type { Stage } from '../contract/timeline.ts';
import { UserError } from '../messages/user-error.ts';
import { stageOfFile } from './timeline/stage-of.ts';

/** A snapshot of dist/. */
export interface Built {
  readonly inventory: InventoryFile;
  /** When it was built, milliseconds since 1970. */
  readonly at: number;
  nodeOf(mac: string): InventoryNode | undefined;
  /** See Expected in timeline/view.ts. */
  expected(os: string, stage: Stage): number | null;
}

/**
 * Reads dist/ as it is now; cheap while nothing has changed. Null where inventory.json is missing or
 * from another version.
 * @param onFault called once per snapshot for each damaged file; if it throws, so does the reader
 */
export function createBuiltReader(
  dist: string,
  onFault: (fault: UserError) => void = () => {},
): () => Built | null {
  let stamp = '';
  let built: Built | null = null;
  return () => {
    const now = `${stampOf(join(dist, INVENTORY))} ${stampOf(join(dist, MANIFEST))}`;
    if (now !== stamp) {
      stamp = now;
      built = read(dist, onFault);
    }
    return built;
  };
}

/**
 * A build renames its files into place, so a new file has a new inode. This runs twice a second for
 * as long as the shim does, so it must not throw, whatever happens to dist/.
 */
function stampOf(path: string): string {
  try {
    const { ino, mtimeMs, size } = statSync(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return 'none';
  }
}

function read(dist: string, onFault: (fault: UserError) => void): Built | null {
  const inventory = readFile(join(dist, INVENTORY), parseInventoryFile, onFault);
  if (inventory === null) return null;
  // Without it, links in the tree cannot be followed.
  readFile(join(dist, BUILD_RECORD), parseBuildRecord, onFault);
  const nodes = new Map(inventory.nodes.flatMap((node) => node.macs.map((mac) => [mac, node])));
  const sizes = sizesByStage(readFile(join(dist, MANIFEST), parseManifest, onFault) ?? {});
  return {
    inventory,
    at: builtAt(dist),
    nodeOf: (mac) => nodes.get(mac),
    expected: (os, stage) => sizes.get(`${os} ${stage}`) ?? null,
  };
}

/** 0 when there is no manifest. */
function builtAt(dist: string): number {
  try {
    return Math.round(statSync(join(dist, MANIFEST)).mtimeMs);
  } catch {
    return 0;
  }
}

function readFile<T>(
  path: string,
  parse: (text: string, path: string) => T,
  onFault: (fault: UserError) => void,
): T | null {
  try {
    return parse(readFileSync(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof UserError) onFault(error);
    return null;
  }
}

/** `<os> <stage>` → bytes. Files shared by all systems count for each. */
function sizesByStage(manifest: Manifest): Map<string, number> {
  const sizes = new Map<string, number>();
  const files = Object.entries(manifest).filter(([path]) => path.startsWith('os/'));
  const systems = new Set(files.flatMap(([path]) => /^os\/([^/]+)\//.exec(path)?.[1] ?? []));
  for (const [path, { size }] of files) {
    const own = /^os\/([^/]+)\//.exec(path)?.[1];
    for (const os of own === undefined ? systems : [own]) {
      const key = `${os} ${stageOfFile(path)}`;
      sizes.set(key, (sizes.get(key) ?? 0) + size);
    }
  }
  return sizes;
}
