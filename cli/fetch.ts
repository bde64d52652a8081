// ./homepbp fetch
import { resolve } from 'node:path';
import { DISTRIBUTION_BUSYBOX } from '../build/busybox.ts';
import { DISTRIBUTION_IPXE } from '../build/media.ts';
import { KINDS, type Kind } from '../fetch/pins.ts';
import { judgePlainHttp } from '../fetch/plain-http.ts';
import { openProgress } from '../fetch/progress.ts';
import { ubuntuSigners } from '../fetch/signers.ts';
import { IPXE } from '../fetch/sources/ipxe.ts';
import { type Mirrors, PUBLISHERS } from '../fetch/sources/source.ts';
import { escaped } from '../messages/escaped.ts';
import { nearest } from '../messages/nearest.ts';
import { UserError } from '../messages/user-error.ts';
import { check, prune } from './fetch-care.ts';
import { fetchMedia } from './fetch-media.ts';
import { didYouMean, either } from './flag-faults.ts';
import { parseFlags } from './flags.ts';
import { actAsOwner } from './owner.ts';
import { INVENTORY, MEDIA } from './project-flags.ts';
import { projectOf } from './project-folders.ts';

/** Of `fetch`, and of `start`, which fetches too. */
export const MIRROR = {
  type: 'string',
  value: 'NAME=URL',
  multiple: true,
  otherwise: 'none',
  about: `another server in place of a publisher: ${Object.keys(PUBLISHERS).join(', ')}`,
} as const;

const FLAGS = {
  inventory: {
    type: 'string',
    value: 'FILE',
    multiple: true,
    otherwise: INVENTORY.default,
    about: 'an inventory whose files to fetch',
  },
  media: MEDIA,
  update: {
    type: 'boolean',
    value: '[KIND…]',
    values: KINDS,
    default: false,
    about: 'takes newer versions of these kinds, or of all',
  },
  check: {
    type: 'boolean',
    default: false,
    about: 'hashes all downloaded files again, without the network',
  },
  prune: { type: 'boolean', default: false, about: 'removes files that no inventory needs' },
  'dry-run': {
    type: 'boolean',
    default: false,
    about: 'only lists what it would fetch or remove',
  },
  verbose: {
    type: 'boolean',
    default: false,
    about: 'prints each request with its answer, and each check of a hash or signature',
  },
  mirror: MIRROR,
  'allow-downgrade': {
    type: 'boolean',
    default: false,
    about: 'accepts older versions than media.lock.json has',
  },
} as const;

/** Fetches; with --check or --prune, looks after media/ without the network. */
export async function run(args: readonly string[]): Promise<number> {
  const { update, rest } = takeUpdate(args);
  const flags = parseFlags('fetch', rest, FLAGS);
  if (flags.check && flags.prune)
    throw new UserError('fetch: --check and --prune cannot be combined');
  const options = {
    inventories: flags.inventory ?? [INVENTORY.default],
    media: resolve(flags.media),
    update,
    dryRun: flags['dry-run'],
    allowDowngrade: flags['allow-downgrade'],
    mirrors: parseMirrors('fetch', flags.mirror ?? [], warn),
  };
  actAsOwner('fetch', projectOf(options.inventories[0] ?? '.'));
  const progress = openProgress();
  try {
    if (flags.check) return await check(options, progress);
    if (flags.prune) return await prune(options);
    const results = await interruptibly(async (signal) => {
      const signers = await ubuntuSigners();
      const own = { ipxeFolder: DISTRIBUTION_IPXE, busyboxFolders: DISTRIBUTION_BUSYBOX };
      const trace = flags.verbose ? (line: string) => progress.note(escaped(line)) : undefined;
      return fetchMedia(options, { signers, progress, signal, trace, ipxe: IPXE, ...own });
    });
    progress.close();
    for (const result of results) process.stdout.write(`${result}\n`);
    return 0;
  } finally {
    progress.close();
  }
}

/** `--update` takes any number of kinds; without one it means all of them. */
export function takeUpdate(args: readonly string[]): { update: Set<Kind>; rest: string[] } {
  const update = new Set<Kind>();
  const rest: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg !== '--update' && !arg.startsWith('--update=')) {
      rest.push(arg);
      continue;
    }
    rest.push('--update');
    const kinds = arg === '--update' ? [] : arg.slice('--update='.length).split(',');
    // `fetch` takes no other words.
    for (; args[at + 1]?.startsWith('-') === false; at += 1) kinds.push(args[at + 1] ?? '');
    for (const kind of kinds.length > 0 ? kinds.map(parseKind) : KINDS) update.add(kind);
  }
  return { update, rest };
}

const KIND_SYNONYMS = { ubuntu: 'os', kernel: 'os', initrd: 'os', rootfs: 'os', kubernetes: 'k3s' };

function parseKind(text: string): Kind {
  const kind = KINDS.find((known) => known === text);
  if (kind !== undefined) return kind;
  const near = didYouMean(nearest(text, KINDS, KIND_SYNONYMS));
  throw new UserError(`fetch: --update takes ${either(KINDS)}, not '${text}'${near}`);
}

/**
 * `--mirror NAME=URL`, any number of times.
 * @param say prints what the user should know of a mirror
 * @throws {UserError} for an unknown name, an invalid URL, or a mirror that nobody could trust
 */
export function parseMirrors(
  command: string,
  words: readonly string[],
  say: (line: string) => void,
): Mirrors {
  const pairs = words.map((text) => parseMirror(command, text));
  for (const { name, url } of pairs) {
    const note = judgePlainHttp(name, url);
    if (note !== null) say(note);
  }
  return { ...PUBLISHERS, ...Object.fromEntries(pairs.map(({ name, url }) => [name, url])) };
}

function parseMirror(command: string, text: string) {
  const names = Object.keys(PUBLISHERS) as (keyof Mirrors)[];
  const [, word = '', url = ''] = /^(\w+)=(https?:\/\/\S+)$/.exec(text) ?? [];
  const name = names.find((known) => known === word);
  if (name !== undefined && URL.canParse(url)) return { name, url };
  throw new UserError(
    `${command}: --mirror takes NAME=URL, not '${text}'\n  names: ${names.join(' ')}`,
  );
}

function warn(line: string) {
  process.stderr.write(`${line}\n`);
}

/** Ctrl-C stops the downloads cleanly; the launcher delivers it a second time. */
async function interruptibly<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort(new UserError(STOPPED));
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop);
  }
}

const STOPPED = 'stopped; run ./homepbp fetch to resume';
