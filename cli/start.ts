// ./homepbp start: the main command. Builds, serves, and builds again when something changes.
import { dirname, resolve } from 'node:path';
import { isExample as isExampleText } from '../build/first-inventory.ts';
import { readHttpAddress } from '../build/http-address.ts';
import { readInventoryFile } from '../build/inventory-file.ts';
import { inventoryFile } from '../build/node-documents.ts';
import { type BuildOptions, buildProject } from '../build/project.ts';
import { UserError } from '../messages/user-error.ts';
import { startShim } from '../shim/serve.ts';
import { asUser } from './become.ts';
import { BUILD_FLAGS, report } from './build.ts';
import { MIRROR, parseMirrors } from './fetch.ts';
import { FetchBeside } from './fetch-beside.ts';
import { fetchMeanwhile } from './fetch-meanwhile.ts';
import { fetchSmall } from './fetch-small.ts';
import { parseFlags } from './flags.ts';
import { greet } from './greet.ts';
import { fetchChoice } from './offer-fetch.ts';
import { dropRoot, ownerOf, warnOfRoot } from './owner.ts';
import { SECRETS_BESIDE_INVENTORY } from './project-flags.ts';
import { secretsBeside } from './project-folders.ts';
import { watchProject } from './project-watch.ts';
import { announce, firstSignal, SERVE_FLAGS, shimOptions } from './serve.ts';
import { ownAddresses } from './this-machine.ts';
import { openVoice, type Voice } from './voice.ts';

const { dist: _, secrets: __, ...SHIM_FLAGS } = SERVE_FLAGS;
const START_FLAGS = {
  ...BUILD_FLAGS,
  ...SHIM_FLAGS,
  secrets: SECRETS_BESIDE_INVENTORY,
  mirror: MIRROR,
  offline: { type: 'boolean', default: false, about: 'fetches nothing' },
  fetch: {
    type: 'boolean',
    default: false,
    about: 'downloads what nodes.yaml needs while serving, without asking',
  },
  'no-fetch': { type: 'boolean', default: false, about: 'does not ask whether to download it' },
} as const;

/** Seconds to fetch what the first build needs, and what can arrive while serving. */
const FETCH_SECONDS = { before: 10, meanwhile: 120 } as const;

/**
 * Serves until SIGINT or SIGTERM; 1 if the first build fails or neither service could bind. Small
 * missing files are fetched meanwhile; keys, which the build needs, beforehand; the large ones if the
 * flags or the user say so.
 */
export async function run(args: readonly string[]): Promise<number> {
  const { flags, options, owner, voice, shimFlags, choice, mirrors } = settingsOf(args);
  const { inventory, media } = options;
  const { log, say } = voice;
  const stopped = firstSignal();
  const stopping = new AbortController();
  const fetching = { inventory, media, mirrors, say, signal: stopping.signal };
  const prepare = async () => {
    dropRoot(owner, log);
    if (!flags.offline) await fetchSmall({ ...fetching, seconds: FETCH_SECONDS.before }, ['keys']);
    report(options, await buildProject(options), say);
  };
  const beside = new FetchBeside();
  let welcome = () => {};
  const onAddresses = () => welcome();
  const shim = await startShim({ ...shimFlags, prepare, fetching: beside.view, onAddresses });
  if (!announce(shim, voice)) return 1;
  warnOfRoot(log);
  const isExample = holdsExample(inventory);
  welcome = () => greet(shim, { ...flags, command: 'start', dist: options.out, isExample }, voice);
  welcome();
  const again = () => rebuild({ ...options, neverBooted: false }, voice, beside);
  const watch = watchProject(inventory, again, say, media);
  const meanwhile = { ...fetching, seconds: FETCH_SECONDS.meanwhile, choice, voice, beside };
  const { offline } = flags;
  const fetched = fetchMeanwhile({ ...meanwhile, offline, changed: watch.changed });
  await stopped;
  stopping.abort(new UserError('stopped'));
  await fetched;
  watch.close();
  await shim.close();
  return 0;
}

/** What the flags mean. @throws {UserError} */
function settingsOf(args: readonly string[]) {
  const flags = parseFlags('start', args, START_FLAGS);
  const { inventory, out, media, state, link, 'never-booted': neverBooted } = flags;
  const choice = fetchChoice(flags);
  const secrets = flags.secrets ?? secretsBeside(inventory);
  const paths = { inventory, out, media, state, secrets };
  const options: BuildOptions = { ...paths, link, neverBooted, ownAddresses };
  const owner = ownerOf('start', flags.user, dirname(resolve(inventory)));
  const address = asUser(owner, () => readHttpAddress(inventory));
  const voice = openVoice(flags.log);
  const shimFlags = shimOptions('start', { ...flags, dist: out, secrets }, address, voice);
  const mirrors = parseMirrors('start', flags.mirror ?? [], voice.say);
  return { flags, options, owner, voice, shimFlags, choice, mirrors };
}

/** False for one that cannot be read any more: the next build says so. */
function holdsExample(inventory: string): boolean {
  try {
    return isExampleText(readInventoryFile(inventory).text);
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

/** If the build fails, the last good tree is still served. */
async function rebuild(
  options: BuildOptions,
  { say, screen }: Voice,
  beside: FetchBeside,
): Promise<void> {
  try {
    const result = await buildProject(options);
    const { nodes } = inventoryFile(result.plan);
    if (nodes.every(({ missing }) => missing === undefined)) beside.forgetFault();
    screen.clear();
    report(options, result, say);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    say(`${error.message}\nthe last good build is still being served`);
  }
}
