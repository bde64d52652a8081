// ./homepbp export DIR
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { InventoryDocument } from '../build/document.ts';
import { type ExportResult, exportTree } from '../build/export/export.ts';
import { notIssued } from '../build/export/export-errors.ts';
import { type Handout, handoutFor } from '../build/export/handout.ts';
import { recordPublished } from '../build/export/publish.ts';
import { refuseBroken } from '../build/generate.ts';
import { parseInventory } from '../build/inventory.ts';
import { readInventoryFile } from '../build/inventory-file.ts';
import { lostState, readIssued } from '../build/issued.ts';
import { exclusively } from '../build/one-build.ts';
import { generateProject } from '../build/project.ts';
import { writeKeepsakes } from '../build/project-memory.ts';
import { readKept } from '../build/read-text.ts';
import { urlFault } from '../build/schema/genesis.ts';
import { writeTree } from '../build/write/write-tree.ts';
import { ENROLMENT } from '../contract/enrolment.ts';
import { ISSUED, type Issued } from '../contract/issued.ts';
import { openProgress, type Progress } from '../fetch/progress.ts';
import { formatBytes } from '../messages/bytes.ts';
import { UserError } from '../messages/user-error.ts';
import { parseBaseUrl } from './base-url.ts';
import { remarksOn, secretsLine } from './export-words.ts';
import { parseWords } from './flags.ts';
import { actAsOwner } from './owner.ts';
import { INVENTORY, MEDIA, OUT, STATE_BESIDE_INVENTORY } from './project-flags.ts';
import { projectOf, secretsBeside, stateBeside } from './project-folders.ts';

const FLAGS = {
  url: {
    type: 'string',
    value: 'URL',
    otherwise: 'the tree as it was built',
    about: 'where the folder will be served: builds a tree for that address',
  },
  out: OUT,
  inventory: INVENTORY,
  media: MEDIA,
  state: STATE_BESIDE_INVENTORY,
  'without-secrets': {
    type: 'boolean',
    default: false,
    about: 'leaves out secrets that would be readable: those of nodes that have not enrolled',
  },
  'dry-run': {
    type: 'boolean',
    default: false,
    about: 'only lists what it would write and remove',
  },
} as const;

interface Options {
  readonly dir: string;
  readonly out: string;
  readonly inventory: string;
  readonly media: string;
  /** The folder state/. */
  readonly state: string;
  readonly dryRun: boolean;
  readonly withoutSecrets: boolean;
}

interface Exported extends ExportResult {
  readonly handout: Handout;
}

/** Copies dist/, or with --url a tree built for that URL, to a folder that another web server serves. */
export async function run(args: readonly string[]): Promise<number> {
  const { flags, words } = parseWords('export', args, FLAGS, ['DIR']);
  const { url, 'dry-run': dryRun, 'without-secrets': withoutSecrets, ...paths } = flags;
  const { state = stateBeside(paths.inventory) } = flags;
  const options = { ...paths, state, dryRun, withoutSecrets, dir: words[0] ?? '' };
  actAsOwner('export', projectOf(options.inventory));
  const { document } = parseInventory(readInventoryFile(options.inventory));
  const result =
    url === undefined
      ? await exportBuilt(document, options)
      : await exportFor(parseBaseUrl('export', url, urlFault), options);
  for (const remark of remarksOn(result.handout, options.dir)) process.stderr.write(`${remark}\n`);
  report(result, options);
  return 0;
}

/** Copies dist/ as it is, so its scripts must know where they will be served. */
async function exportBuilt(document: InventoryDocument, options: Options): Promise<Exported> {
  const { genesis, cluster } = document;
  if (genesis.url === null && genesis.ip === null) {
    throw new UserError(
      `export: the scripts in ${options.out} send machines back to this computer (genesis.ip: auto in ${options.inventory})\n` +
        '  hint: say where the folder will be served, with --url http://HOST[:PORT][/FOLDER] or genesis.url',
    );
  }
  const path = join(secretsBeside(options.inventory), ISSUED);
  const issued = readIssued(path, readKept);
  if (issued === null) throw notIssued(path);
  const lost = lostState(issued, join(options.state, ENROLMENT), readKept);
  if (lost !== null) process.stderr.write(`${lost}\n`);
  const publish = () => recordPublished(options.out, options.state, cluster.founding.epoch);
  return copy(options.out, issued, options, publish);
}

/** Builds a separate tree in a temporary folder; dist/ stays as it is. */
function exportFor(url: string, options: Options): Promise<Exported> {
  return exclusively(options, () => exportAlone(url, options));
}

async function exportAlone(url: string, options: Options): Promise<Exported> {
  const { inventory, media, state, dryRun } = options;
  const project = await generateProject({ inventory, media, state, url });
  for (const remark of project.remarks) process.stderr.write(`${remark}\n`);
  const scratch = await mkdtemp(join(tmpdir(), 'homepbp-export-'));
  try {
    const record = { media: resolve(media) };
    await writeTree(scratch, project.files, { link: 'symlink', record, check: refuseBroken });
    if (!dryRun) await writeKeepsakes(project.keepsakes);
    return await copy(scratch, project.issued, options, async () => {});
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function copy(
  dist: string,
  issued: Issued,
  { dir, state, dryRun, withoutSecrets }: Options,
  beforeFiles: () => Promise<void>,
): Promise<Exported> {
  const progress = openProgress();
  let handout: Handout = { files: [], sealed: [], clear: [], without: [] };
  const make = async () => {
    handout = await handoutFor(dist, { issued, state, withoutSecrets });
    return handout.files;
  };
  try {
    const onFile = showFile(progress);
    const result = await exportTree(dist, dir, { dryRun, make, beforeFiles, onFile });
    return { ...result, handout };
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

function report(
  { written, removed, bytes, unchanged, handout }: Exported,
  { dir, dryRun }: Options,
) {
  if (dryRun) {
    for (const path of written) process.stdout.write(`would write ${path}\n`);
    for (const path of removed) process.stdout.write(`would remove ${path}\n`);
  }
  const verb = dryRun ? 'to write' : 'written';
  process.stdout.write(
    `${dir}: ${written.length} files ${verb} (${formatBytes(bytes)}), ${unchanged} unchanged, ${removed.length} ${dryRun ? 'to remove' : 'removed'}\n${secretsLine(handout)}\n`,
  );
}
