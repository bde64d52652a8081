// What dist/ says of itself: inventory.json and manifest.json, read again when a build has replaced
// them.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { InventoryFile, InventoryNode } from '../contract/inventory.ts';
import { isCanonicalMac } from '../contract/mac.ts';
import { INVENTORY, MANIFEST } from '../contract/paths.ts';
import type { Stage } from '../contract/timeline.ts';
import { stageOfFile } from './timeline/stage-of.ts';

const inventorySchema = z.object({
  version: z.literal(1),
  httpPort: z.number(),
  httpName: z.string().optional(),
  cluster: z.string(),
  founding: z.object({
    epoch: z.int().positive(),
    servers: z.array(z.string()),
    founded: z.boolean(),
  }),
  nodes: z.array(
    z.object({
      name: z.string(),
      macs: z.array(z.string().refine(isCanonicalMac)),
      arch: z.enum(['amd64', 'arm64']),
      role: z.enum(['server', 'agent']),
      boot: z.enum(['live', 'recovery', 'local']),
      os: z.string(),
      ip: z.string().optional(),
    }),
  ),
});

const manifestSchema = z.record(z.string(), z.object({ size: z.number() }));

/** One state of dist/. */
export interface Built {
  readonly inventory: InventoryFile;
  /** When it was built, milliseconds since 1970. */
  readonly at: number;
  nodeOf(mac: string): InventoryNode | undefined;
  /** See Expected in timeline/view.ts. */
  expected(os: string, stage: Stage): number | null;
}

/**
 * Reads what dist/ says now; cheap while nothing has changed. Null where inventory.json is missing
 * or is not what this version writes.
 */
export function createBuiltReader(dist: string): () => Built | null {
  let stamp = '';
  let built: Built | null = null;
  return () => {
    const now = `${stampOf(join(dist, INVENTORY))} ${stampOf(join(dist, MANIFEST))}`;
    if (now !== stamp) {
      built = read(dist);
      stamp = now;
    }
    return built;
  };
}

/**
 * A build renames its files in: another file has another number. This is asked twice a second for
 * as long as the shim runs, so it must not throw, whatever becomes of dist/.
 */
function stampOf(path: string): string {
  try {
    const { ino, mtimeMs, size } = statSync(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return 'none';
  }
}

function read(dist: string): Built | null {
  const path = join(dist, INVENTORY);
  const inventory = readParsed(path, inventorySchema);
  if (inventory === null) return null;
  const nodes = new Map(
    inventory.nodes.flatMap((node) => node.macs.map((mac) => [mac, node as InventoryNode])),
  );
  const sizes = sizesByStage(readParsed(join(dist, MANIFEST), manifestSchema) ?? {});
  return {
    inventory: inventory as InventoryFile,
    at: builtAt(dist),
    nodeOf: (mac) => nodes.get(mac),
    expected: (os, stage) => sizes.get(`${os} ${stage}`) ?? null,
  };
}

/** 0 where the manifest is not there. */
function builtAt(dist: string): number {
  try {
    return Math.round(statSync(join(dist, MANIFEST)).mtimeMs);
  } catch {
    return 0;
  }
}

function readParsed<T>(path: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/** `<os> <stage>` → bytes. What all systems share counts for each. */
function sizesByStage(manifest: z.infer<typeof manifestSchema>): Map<string, number> {
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
