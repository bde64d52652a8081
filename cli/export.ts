// ./homepbp export DIR
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { InventoryDocument } from '../build/document.ts';
import { type ExportResult, exportTree } from '../build/export/export.ts';
import { recordPublished } from '../build/export/publish.ts';
import { EXPORT_RECORD } from '../build/export/record.ts';
import { refuseBroken } from '../build/generate.ts';
import { parseInventory } from '../build/inventory.ts';
import { readInventoryFile } from '../build/inventory-file.ts';
import { exclusively } from '../build/one-build.ts';
import { generateProject } from '../build/project.ts';
import { writeKeepsakes } from '../build/project-memory.ts';
import { writeTree } from '../build/write/write-tree.ts';
import { openProgress, type Progress } from '../fetch/progress.ts';
import { formatBytes } from '../messages/bytes.ts';
import { UserError } from '../messages/user-error.ts';
import { parseBaseUrl } from './base-url.ts';
import { parseWords } from './flags.ts';

const FLAGS = {
  url: { type: 'string' },
  out: { type: 'string', default: 'dist' },
  inventory: { type: 'string', default: 'nodes.yaml' },
  media: { type: 'string', default: 'media' },
  'dry-run': { type: 'boolean', default: false },
} as const;

interface Options {
  readonly dir: string;
  readonly out: string;
  readonly inventory: string;
  readonly media: string;
  readonly dryRun: boolean;
}

/** Copies dist/, or with --url a tree built for that URL, to a folder that another web server serves. */
export async function run(args: readonly string[]): Promise<number> {
  const { flags, words } = parseWords('export', args, FLAGS, ['DIR']);
  const { url, 'dry-run': dryRun, ...paths } = flags;
  const options = { ...paths, dryRun, dir: words[0] ?? '' };
  const { document } = parseInventory(readInventoryFile(options.inventory));
  const isFirst = !existsSync(join(options.dir, EXPORT_RECORD));
  const result =
    url === undefined
      ? await exportBuilt(document, options)
      : await exportFor(parseBaseUrl('export', url), options);
  if (isFirst) process.stderr.write(UNGUARDED);
  report(result, options);
  return 0;
}

const UNGUARDED = `note: nodes/*/user-data contain the cluster's token. The shim gives each only to the machine it is for;
  another web server gives them to anyone who asks, and every copy of the folder contains them. Make
  sure that only your own network can reach it.
`;

/** Copies dist/ as it is, so its scripts must know where they will be served. */
async function exportBuilt(document: InventoryDocument, options: Options): Promise<ExportResult> {
  const { genesis, cluster } = document;
  if (genesis.url === null && genesis.ip === null) {
    throw new UserError(
      `export: the scripts in ${options.out} send machines back to this computer (genesis.ip: auto in ${options.inventory})\n` +
        '  hint: say where the folder will be served, with --url http://HOST[:PORT][/FOLDER] or genesis.url',
    );
  }
  const state = join(dirname(resolve(options.inventory)), 'state');
  const publish = () => recordPublished(options.out, state, cluster.founding.epoch);
  return copy(options.out, options, publish);
}

/** Builds a separate tree in a temporary folder; dist/ stays as it is. */
function exportFor(url: string, options: Options): Promise<ExportResult> {
  return exclusively(options, () => exportAlone(url, options));
}

async function exportAlone(url: string, options: Options): Promise<ExportResult> {
  const { inventory, media, dryRun } = options;
  const { files, remarks, keepsakes } = await generateProject({ inventory, media, url });
  for (const remark of remarks) process.stderr.write(`${remark}\n`);
  const scratch = await mkdtemp(join(tmpdir(), 'homepbp-export-'));
  try {
    const record = { media: resolve(media) };
    await writeTree(scratch, files, { link: 'symlink', record, check: refuseBroken });
    if (!dryRun) await writeKeepsakes(keepsakes);
    return await copy(scratch, options, async () => {});
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function copy(
  dist: string,
  { dir, dryRun }: Options,
  beforeFiles: () => Promise<void>,
): Promise<ExportResult> {
  const progress = openProgress();
  try {
    return await exportTree(dist, dir, { dryRun, beforeFiles, onFile: showFile(progress) });
  } finally {
    progress.close();
  }
}

/** There are too many small files to show one by one. */
const SHOWN = 16_000_000;

function showFile(progress: Progress) {
  return (path: string, size: number) => {
    if (size < SHOWN) return () => {};
    const bar = progress.add(path, size);
    return (bytes: number) => {
      bar.length(bytes);
      if (bytes === size) bar.remove();
    };
  };
}

function report({ written, removed, bytes, unchanged }: ExportResult, { dir, dryRun }: Options) {
  if (dryRun) {
    for (const path of written) process.stdout.write(`would write ${path}\n`);
    for (const path of removed) process.stdout.write(`would remove ${path}\n`);
  }
  const verb = dryRun ? 'to write' : 'written';
  process.stdout.write(
    `${dir}: ${written.length} files ${verb} (${formatBytes(bytes)}), ${unchanged} unchanged, ${removed.length} ${dryRun ? 'to remove' : 'removed'}\n`,
  );
}
