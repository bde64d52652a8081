// ./homepbp demo: the whole of it on virtual machines, without any hardware.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { writeFailed } from '../build/build-errors.ts';
import { readLock } from '../build/media.ts';
import { MEDIA_LOCK } from '../contract/media-lock.ts';
import { withLock } from '../durable/lock.ts';
import { UserError } from '../messages/user-error.ts';
import { CACHE } from '../test/e2e/cache.ts';
import { isThere } from '../test/e2e/host.ts';
import { MOST_PLACES } from '../test/e2e/shelf/places.ts';
import { sweep } from '../test/e2e/sweep.ts';
import { isRoot } from './become.ts';
import {
  checkFolder,
  type Folder,
  folderAt,
  type Kept,
  readKept,
  readOrders,
  removeFolder,
  removeIfBare,
} from './demo/folder.ts';
import { lookAtHost } from './demo/host.ts';
import { needsOf, needsText } from './demo/needs.ts';
import { orderPowerCut } from './demo/orders.ts';
import { type Run, runNew, runPowerCut } from './demo/run.ts';
import { describe, fetchedSystem, type System } from './demo/system.ts';
import { parseCount, parseFlags, parsePort } from './flags.ts';
import { ownerOf } from './owner.ts';

const HOME = join(import.meta.dirname, '..');

const FLAGS = {
  machines: {
    type: 'string',
    value: 'N',
    default: '3',
    about: `how many virtual machines, from 1 to ${MOST_PLACES}`,
  },
  'power-cut': {
    type: 'boolean',
    default: false,
    about:
      'cuts the power of the demo that runs, or starts the disks of the last one, without Genesis',
  },
  exit: {
    type: 'boolean',
    default: false,
    about: 'ends once there is one cluster, instead of waiting for Ctrl-C; its disks are kept',
  },
  clean: {
    type: 'boolean',
    default: false,
    about: 'removes the disks of the last demo, and what one that was killed has left',
  },
  port: {
    type: 'string',
    value: 'PORT',
    default: '8090',
    about: 'the port of the page on this computer; 0 for any free one',
  },
  emulate: {
    type: 'boolean',
    default: false,
    about: 'does without KVM, which is slow but works everywhere',
  },
  media: {
    type: 'string',
    value: 'FOLDER',
    default: 'media',
    about: 'where fetched files are; media.lock.json is beside it',
  },
  folder: {
    type: 'string',
    value: 'FOLDER',
    otherwise: '.cache/demo',
    about: 'where the disks and logs of the demo are',
  },
} as const;

type Flags = ReturnType<typeof parse>;

const parse = (args: readonly string[]) => parseFlags('demo', args, FLAGS);

/** Shows a cluster being born, or surviving a power cut; 130 if that was interrupted. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parse(args);
  if (process.platform !== 'linux')
    throw new UserError('demo: needs Linux, whose network namespaces it uses');
  const machines = parseCount('demo', 'machines', flags.machines, MOST_PLACES);
  const port = parsePort('demo', 'port', flags.port);
  const folder = folderAt(resolve(flags.folder ?? join(HOME, '.cache', 'demo')));
  await checkFolder(folder);
  if (flags['power-cut'] && (await orderRunning(folder))) return 0;
  if (flags.clean) requireRoot();
  const refused = () => runsAlready();
  // Without root it only says what it needs.
  const unwritable = (cause: unknown) => (isRoot() ? writeFailed(folder.path, cause) : null);
  return withLock(folder.lock, { wait: 0, refused, unwritable }, () =>
    // An empty folder that stays, such as root's for another user, must not hide how the demo ended.
    perform(flags, folder, machines, port).finally(() => removeIfBare(folder).catch(() => {})),
  );
}

async function perform(flags: Flags, folder: Folder, machines: number, port: number) {
  // Before the computer is looked at: a demo that was killed may still have its RAM.
  if (isRoot() && (await isThere('ip'))) await sweep(CACHE);
  if (flags.clean) return clean(folder);
  const kept = flags['power-cut'] ? await keptOrFail(folder) : null;
  const system = kept?.system ?? chooseSystem(flags.media);
  const plan = await examine(flags, folder, kept?.machines ?? machines, system);
  const owner = ownerOf('demo', undefined, HOME);
  const run: Run = { folder, plan, port, owner, exits: flags.exit, say };
  return kept === null ? runNew(run) : runPowerCut(run, kept);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const STAND_IN: System = { kind: 'stand-in' };

function chooseSystem(media: string): System {
  const lock = readLock(join(dirname(resolve(media)), MEDIA_LOCK));
  const isFetched = (path: string, size: number) =>
    statSync(join(media, path), { throwIfNoEntry: false })?.size === size;
  return fetchedSystem(lock, isFetched) ?? STAND_IN;
}

/** Says what is needed and what is there. @throws {UserError} if something is missing */
async function examine(flags: Flags, folder: Folder, machines: number, system: System) {
  const { emulate, media } = flags;
  const host = await lookAtHost(system, { cache: CACHE, folder: folder.path, emulate });
  const needs = needsOf(machines, system, host);
  say(
    `demo: ${machines === 1 ? 'a virtual machine' : `${machines} virtual machines`} with ${describe(system)}`,
  );
  process.stdout.write(needsText(needs));
  const missing = needs.filter(({ state }) => state === 'missing').length;
  if (missing > 0) throw new UserError('demo: not started: what is missing is marked above');
  return { machines, system, kvm: host.whyEmulated === null, media };
}

async function orderRunning(folder: Folder): Promise<boolean> {
  const orders = await readOrders(folder);
  return orders !== null && (await orderPowerCut(orders, say));
}

async function keptOrFail(folder: Folder): Promise<Kept> {
  const kept = await readKept(folder);
  if (kept !== null) return kept;
  throw new UserError(
    'demo: there is no cluster whose power could be cut\n  hint: run sudo ./homepbp demo first',
  );
}

async function clean(folder: Folder): Promise<number> {
  const wasThere = existsSync(folder.work);
  await removeFolder(folder);
  say(wasThere ? `removed ${folder.path}` : 'there was nothing to remove');
  return 0;
}

function requireRoot(): void {
  if (isRoot()) return;
  throw new UserError('demo: --clean needs root, as the demo did: sudo ./homepbp demo --clean');
}

function runsAlready(): UserError {
  return new UserError(
    'demo: a demo runs already\n  hint: end it with Ctrl-C there, or cut its power with sudo ./homepbp demo --power-cut',
  );
}
