// ./homepbp start: the main job. Builds, serves, and builds again when something changes.
import { dirname, resolve } from 'node:path';
import { readHttpAddress } from '../build/http-address.ts';
import { type BuildOptions, buildProject } from '../build/project.ts';
import { UserError } from '../messages/user-error.ts';
import { startShim } from '../shim/serve.ts';
import { asUser } from './become.ts';
import { BUILD_FLAGS, parseLink, report } from './build.ts';
import { parseMirrors } from './fetch.ts';
import { fetchSmall } from './fetch-small.ts';
import { parseFlags } from './flags.ts';
import { dropRoot, ownerOf, warnOfRoot } from './owner.ts';
import { announce, firstSignal, SERVE_FLAGS, shimOptions } from './serve.ts';
import { watchProject } from './watch.ts';

const { dist: _, ...SHIM_FLAGS } = SERVE_FLAGS;
const START_FLAGS = {
  ...BUILD_FLAGS,
  ...SHIM_FLAGS,
  mirror: { type: 'string', multiple: true },
  offline: { type: 'boolean', default: false },
} as const;

/** Seconds for what a build cannot do without, and for what may come while it is served. */
const FETCH_SECONDS = { before: 10, meanwhile: 120 } as const;

/**
 * Serves until SIGINT or SIGTERM; 1 when the first build fails or neither service could bind. What is
 * small and missing is fetched meanwhile; keys, without which nothing can be built, before.
 */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parseFlags('start', args, START_FLAGS);
  const { inventory, out, media, state, link, 'never-booted': neverBooted } = flags;
  const paths = { inventory, out, media, state };
  const options: BuildOptions = { ...paths, link: parseLink('start', link), neverBooted };
  const owner = ownerOf('start', flags.user, dirname(resolve(options.inventory)));
  const address = asUser(owner, () => readHttpAddress(options.inventory));
  const shimFlags = shimOptions('start', { ...flags, dist: flags.out }, address);
  const stopped = firstSignal();
  const stopping = new AbortController();
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const fetching = {
    ...options,
    mirrors: parseMirrors('start', flags.mirror ?? []),
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

/** A build that fails leaves the last good tree to be served. */
async function rebuild(options: BuildOptions): Promise<void> {
  try {
    report(options, await buildProject(options));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\nthe last good build is still being served\n`);
  }
}
