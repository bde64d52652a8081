// The page of dist/, built once per state of its sources: Vite takes half a second, a build of three
// nodes a tenth of that.
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { makeFolders } from '../../durable/make-folders.ts';
import { replaceFile } from '../../durable/replace-file.ts';
import { pageFailed } from '../build-errors.ts';
import { sha256 } from '../output.ts';
import { bundlePage, loadVite, type Page, type Vite, WEB } from './vite.ts';

const HOME = join(import.meta.dirname, '../..');

/** Git-ignored; holds the last page built. */
const CACHE = join(HOME, '.cache/page.json');

export interface BuiltPage {
  /** Empty when it cannot be built here. */
  readonly files: Page;
  readonly remarks: readonly string[];
}

/**
 * The page's files. Without Vite (a stripped installation) a cached page of the same sources is
 * used; without that the tree has no page, and machines still boot.
 * @throws {UserError} when the sources do not build
 */
export async function readPage(
  cache = CACHE,
  load: () => Promise<Vite | string> = loadVite,
): Promise<BuiltPage> {
  const sources = hashSources();
  const kept = await recallPage(cache, sources);
  if (kept !== null) return { files: kept, remarks: [] };
  const vite = await load();
  if (typeof vite === 'string') {
    return { files: new Map(), remarks: [`note: dist/ has no status page: ${vite}`] };
  }
  const files = await bundlePage(vite).catch((error: unknown) => {
    throw pageFailed(error);
  });
  await keepPage(cache, sources, files);
  return { files, remarks: [] };
}

/** A hash of the page's inputs: its sources, contract/, messages/, the build settings and the tools. */
function hashSources(): string {
  const folders = [WEB, join(HOME, 'contract'), join(HOME, 'messages')].flatMap(sourcesBelow);
  const paths = [...folders, join(import.meta.dirname, 'vite.ts'), join(HOME, 'package-lock.json')];
  const lines = paths.map((path) => `${relative(HOME, path)}\0${sha256(readFileSync(path))}`);
  return sha256(lines.join('\n'));
}

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const keptSchema = z.object({ sources: z.string(), files: z.record(z.string(), z.string()) });

/** The cached page, if it is from these sources. */
async function recallPage(cache: string, sources: string): Promise<Page | null> {
  try {
    const kept = keptSchema.parse(JSON.parse(await readFile(cache, 'utf8')));
    return kept.sources === sources ? new Map(Object.entries(kept.files)) : null;
  } catch {
    return null;
  }
}

/** Without a writable cache, each build builds it. */
async function keepPage(cache: string, sources: string, files: Page): Promise<void> {
  const text = JSON.stringify({ sources, files: Object.fromEntries(files) });
  try {
    makeFolders(dirname(cache));
    await replaceFile(cache, text, { sync: false });
  } catch {}
}
