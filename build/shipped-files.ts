// HomePBP's own contributions to dist/: templates/ and payload/.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { CpioEntry } from './cpio.ts';
import type { Templates } from './render.ts';

const HOME = join(import.meta.dirname, '..');

/** Reads all of templates/. */
export async function readTemplates(): Promise<Templates> {
  const root = join(HOME, 'templates');
  const names = await filesBelow(root);
  const texts = names.map(
    async (name) => [name, await readFile(join(root, name), 'utf8')] as const,
  );
  return new Map(await Promise.all(texts));
}

/** The folder of payload/ that runs in the initramfs, as /homepbp/; the others travel there as /homepbp/node/<folder>/. */
const INITRAMFS = 'initramfs';

/** The files in payload/ that are for people and tests, not for nodes. */
const NOT_FOR_NODES =
  /(\.ts|\.md|^test_[^/]*\.py|\/test_[^/]*\.py)$|(^|\/)(__pycache__|\.[^/]*)(\/|$)/;

/** payload/ as the entries of our layer. */
export async function readPayload(root = join(HOME, 'payload')): Promise<CpioEntry[]> {
  const folders = (await readdir(root, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !NOT_FOR_NODES.test(entry.name))
    .map(({ name }) => name)
    .sort();
  const entries = folders.map((name) =>
    readEntries(join(root, name), name === INITRAMFS ? 'homepbp/' : `homepbp/node/${name}/`),
  );
  return (await Promise.all(entries)).flat();
}

async function readEntries(root: string, prefix: string): Promise<CpioEntry[]> {
  const names = (await filesBelow(root)).filter((name) => !NOT_FOR_NODES.test(name));
  return Promise.all(
    names.map(async (name) => {
      const path = join(root, name);
      const mode = ((await stat(path)).mode & 0o100) === 0 ? 0o644 : 0o755;
      return { path: prefix + name, mode, content: await readFile(path) };
    }),
  );
}

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}
