// ./homepbp start: the main command. Builds, serves, and builds again when something changes.
import { dirname, resolve } from 'node:path';
import { readHttpAddress } from '../build/http-address.ts';
import { type BuildOptions, buildProject } from '../build/project.ts';
import { UserError } from '../messages/user-error.ts';
import { startShim } from '../shim/serve.ts';
import { asUser } from './become.ts';
import { BUILD_FLAGS, report } from './build.ts';
import { MIRROR, parseMirrors } from './fetch.ts';
import { fetchSmall } from './fetch-small.ts';
import { parseFlags } from './flags.ts';
import { dropRoot, ownerOf, warnOfRoot } from './owner.ts';
import { secretsBeside } from './project-folders.ts';
import { watchProject } from './project-watch.ts';
import { announce, firstSignal, SERVE_FLAGS, shimOptions } from './serve.ts';

const { dist: _, ...SHIM_FLAGS } = SERVE_FLAGS;
const START_FLAGS = {
  ...BUILD_FLAGS,
  ...SHIM_FLAGS,
  mirror: MIRROR,
  offline: { type: 'boolean', default: false, about: 'fetches nothing' },
} as const;

/** Seconds to fetch what the first build needs, and what can arrive while serving. */
const FETCH_SECONDS = { before: 10, meanwhile: 120 } as const;

/**
 * Serves until SIGINT or SIGTERM; 1 if the first build fails or neither service could bind. Small
 * missing files are fetched meanwhile; keys, which the build needs, beforehand.
 */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parseFlags('start', args, START_FLAGS);
  const { inventory, out, media, state, link, 'never-booted': neverBooted } = flags;
  const secrets = flags.secrets ?? secretsBeside(inventory);
  const paths = { inventory, out, media, state, secrets };
  const options: BuildOptions = { ...paths, link, neverBooted };
  const owner = ownerOf('start', flags.user, dirname(resolve(options.inventory)));
  const address = asUser(owner, () => readHttpAddress(options.inventory));
  const shimFlags = shimOptions('start', { ...flags, dist: flags.out, secrets }, address);
  const stopped = firstSignal();
  const stopping = new AbortController();
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const fetching = {
    ...options,
    mirrors: parseMirrors('start', flags.mirror ?? [], say),
    say,
    signal: stopping.signal,
  };
  const prepare = async () => {
    dropRoot(owner, shimFlags.log);
    if (!flags.offline) await fetchSmall({ ...fetching, seconds: FETCH_SECONDS.before }, ['keys']);
    report(options, await buildProject(options));
  };
  const shim = await startShim({ ...shimFlags, prepare });
  if (!announce(shim)) return 1;
  warnOfRoot(shimFlags.log);
  const again = () => rebuild({ ...options, neverBooted: false });
  const watch = watchProject(options.inventory, again, say);
  const fetched = flags.offline
    ? Promise.resolve()
    : fetchSmall({ ...fetching, seconds: FETCH_SECONDS.meanwhile }, [
        'k3s',
        'ipxe',
        'busybox',
      ]).then((came) => came && watch.changed());
  await stopped;
  stopping.abort(new UserError('stopped'));
  await fetched;
  watch.close();
  await shim.close();
  return 0;
}

/** If the build fails, the last good tree is still served. */
async function rebuild(options: BuildOptions): Promise<void> {
  try {
    report(options, await buildProject(options));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\nthe last good build is still being served\n`);
  }
}
