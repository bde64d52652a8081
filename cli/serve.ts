// ./homepbp serve
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_HTTP_PORT, type HttpAddress, parseHttpAddress } from '../contract/inventory.ts';
import { INVENTORY } from '../contract/paths.ts';
import { urlHost } from '../messages/url-host.ts';
import { LOG_FORMATS } from '../shim/log.ts';
import {
  GUARD_MODES,
  type GuardMode,
  type Shim,
  type ShimOptions,
  startShim,
} from '../shim/serve.ts';
import type { Endpoint } from '../shim/services.ts';
import { asUser } from './become.ts';
import { parseFlags, parsePort } from './flags.ts';
import { greet } from './greet.ts';
import { dropRoot, ownerOf, warnOfRoot } from './owner.ts';
import { DIST, SECRETS_BESIDE_STATE, STATE } from './project-flags.ts';
import { secretsBeside } from './project-folders.ts';
import { wideModes } from './secret-modes.ts';
import { openVoice, type Voice } from './voice.ts';

/** Of `serve`, and but for the tree of `start`, which serves too. */
export const SERVE_FLAGS = {
  dist: DIST,
  host: {
    type: 'string',
    value: 'HOST',
    otherwise: 'all addresses',
    about: 'the address to serve on',
  },
  interface: {
    type: 'string',
    value: 'NAME',
    otherwise: 'all networks',
    about: 'the network card to serve on, such as eth0',
  },
  'http-port': {
    type: 'string',
    value: 'PORT',
    otherwise: 'genesis.http_port of the inventory',
    about: 'the port of HTTP; 0 for any free one',
  },
  'tftp-port': {
    type: 'string',
    value: 'PORT',
    default: '69',
    about: 'the port of TFTP; 0 for any free one',
  },
  guard: {
    type: 'string',
    value: 'MODE',
    values: GUARD_MODES,
    default: 'mac',
    about: 'who gets the files of a node: the machine with its MAC address, or everybody',
  },
  'proxy-dhcp': {
    type: 'boolean',
    default: false,
    about: 'tells machines what to boot, if the DHCP server cannot',
  },
  state: STATE,
  secrets: SECRETS_BESIDE_STATE,
  log: {
    type: 'string',
    value: 'FORMAT',
    values: LOG_FORMATS,
    default: 'text',
    about: 'the format of the log',
  },
  user: {
    type: 'string',
    value: 'USER',
    otherwise: 'who called sudo, else the owner of the folder',
    about: 'whom to become after root has bound the ports; by name or number',
  },
} as const;

/** Serves dist/ until SIGINT or SIGTERM; 1 if neither service could bind. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parseFlags('serve', args, SERVE_FLAGS);
  const owner = ownerOf('serve', flags.user, flags.dist);
  const voice = openVoice(flags.log);
  const options = shimOptions(
    'serve',
    flags,
    asUser(owner, () => builtFor(flags.dist)),
    voice,
  );
  const stopped = firstSignal();
  const prepare = async () => {
    dropRoot(owner, options.log);
    warnOfWideSecrets(options);
  };
  let welcome = () => {};
  const shim = await startShim({ ...options, prepare, onAddresses: () => welcome() });
  if (!announce(shim, voice)) return 1;
  warnOfRoot(options.log);
  welcome = () => greet(shim, { ...flags, command: 'serve', isExample: false }, voice);
  welcome();
  await stopped;
  await shim.close();
  return 0;
}

/** Who keeps a server running may never see what a build prints. */
function warnOfWideSecrets({ secrets, log }: ShimOptions): void {
  const found = wideModes(secrets);
  if (found === null) return;
  const { what, fix } = found;
  log({ area: 'shim', event: 'secrets are open', fields: { reason: what, hint: fix } });
}

/** The values of SERVE_FLAGS. */
interface ServeFlags {
  readonly dist: string;
  readonly host?: string | undefined;
  readonly interface?: string | undefined;
  readonly 'http-port'?: string | undefined;
  readonly 'tftp-port': string;
  readonly guard: GuardMode;
  readonly 'proxy-dhcp': boolean;
  readonly state: string;
  readonly secrets?: string | undefined;
}

/**
 * The shim's options from the flags.
 * @throws {UserError} if a value is not allowed
 */
export function shimOptions(
  command: string,
  flags: ServeFlags,
  { httpPort, httpName }: HttpAddress,
  { log }: Voice,
): ShimOptions {
  const port = flags['http-port'];
  return {
    dist: flags.dist,
    host: flags.host,
    interface: flags.interface,
    httpPort: port === undefined ? httpPort : parsePort(command, 'http-port', port),
    names: httpName === undefined ? [] : [httpName],
    tftpPort: parsePort(command, 'tftp-port', flags['tftp-port']),
    guard: flags.guard,
    proxyDhcp: flags['proxy-dhcp'],
    state: flags.state,
    secrets: flags.secrets ?? secretsBeside(flags.state),
    log,
  };
}

/** The address that dist/ was built for; the default port if that cannot be read, which the shim reports. Synchronous. */
function builtFor(dist: string): HttpAddress {
  try {
    return parseHttpAddress(readFileSync(join(dist, INVENTORY), 'utf8'));
  } catch {
    return UNKNOWN_BUILD;
  }
}

const UNKNOWN_BUILD = { httpPort: DEFAULT_HTTP_PORT };

/** Prints what could not bind, and the ready line; false if neither service could. */
export function announce(shim: Shim, { say }: Voice): boolean {
  for (const fault of shim.faults) say(fault);
  if (shim.http === null && shim.tftp === null) return false;
  process.stdout.write(readyLine(shim));
  return true;
}

/** What tests and scripts wait for. */
export function readyLine({ http, tftp }: Pick<Shim, 'http' | 'tftp'>): string {
  return `ready http=${endpointText(http)} tftp=${endpointText(tftp)}\n`;
}

function endpointText(endpoint: Endpoint | null): string {
  if (endpoint === null) return '-';
  const { host, port } = endpoint;
  return `${urlHost(host)}:${port}`;
}

/** Milliseconds in which a repeated signal is the same one, passed on by the launcher. */
const ECHO_MS = 1000;

/** Resolves at the first SIGINT or SIGTERM; one that comes later than that ends the process as usual. */
export function firstSignal(): Promise<void> {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  return new Promise((resolve) => {
    const stop = () => {
      resolve();
      setTimeout(() => {
        for (const signal of signals) process.off(signal, stop);
      }, ECHO_MS).unref();
    };
    for (const signal of signals) process.on(signal, stop);
  });
}
