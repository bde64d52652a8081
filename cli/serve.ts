// ./homepbp serve
import { isIPv6 } from 'node:net';
import { UserError } from '../contract/user-error.ts';
import { createLog, LOG_FORMATS, type Log } from '../shim/log.ts';
import { type Endpoint, GUARD_MODES, type Shim, startShim } from '../shim/serve.ts';
import { parseFlags, parsePort } from './flags.ts';

export const SERVE_FLAGS = {
  dist: { type: 'string', default: 'dist' },
  host: { type: 'string' },
  interface: { type: 'string' },
  'http-port': { type: 'string', default: '8080' },
  'tftp-port': { type: 'string', default: '69' },
  guard: { type: 'string', default: 'mac' },
  state: { type: 'string', default: 'state' },
  log: { type: 'string', default: 'text' },
} as const;

/** Serves dist/ until SIGINT or SIGTERM; 1 when neither service could bind. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parseFlags('serve', args, SERVE_FLAGS);
  const stopped = firstSignal();
  const shim = await startShim({
    dist: flags.dist,
    host: flags.host,
    interface: flags.interface,
    httpPort: parsePort('serve', 'http-port', flags['http-port']),
    tftpPort: parsePort('serve', 'tftp-port', flags['tftp-port']),
    guard: oneOf('guard', GUARD_MODES, flags.guard),
    log: logToStderr(oneOf('log', LOG_FORMATS, flags.log)),
  });
  for (const fault of shim.faults) process.stderr.write(`${fault}\n`);
  if (shim.http === null && shim.tftp === null) return 1;
  process.stdout.write(readyLine(shim));
  await stopped;
  await shim.close();
  return 0;
}

/** What tests and scripts wait for. */
export function readyLine({ http, tftp }: Pick<Shim, 'http' | 'tftp'>): string {
  return `ready http=${endpointText(http)} tftp=${endpointText(tftp)}\n`;
}

function endpointText(endpoint: Endpoint | null): string {
  if (endpoint === null) return '-';
  const { host, port } = endpoint;
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The log goes to standard error: standard output has the ready line only. */
export function logToStderr(format: (typeof LOG_FORMATS)[number]): Log {
  return createLog(format, (line) => process.stderr.write(line));
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process as usual. */
function firstSignal(): Promise<void> {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  return new Promise((resolve) => {
    const stop = () => {
      for (const signal of signals) process.off(signal, stop);
      resolve();
    };
    for (const signal of signals) process.on(signal, stop);
  });
}

function oneOf<T extends string>(flag: string, allowed: readonly T[], text: string): T {
  const value = allowed.find((known) => known === text);
  if (value !== undefined) return value;
  throw new UserError(`serve: --${flag} takes ${allowed.join(' or ')}, not '${text}'`);
}
