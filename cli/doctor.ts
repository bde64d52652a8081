// ./homepbp doctor: the whole path as a machine would take it, from DHCP to the images.
import { resolve } from 'node:path';
import type { InventoryFile } from '../contract/inventory.ts';
import { urlHost } from '../messages/url-host.ts';
import { createBuiltReader } from '../shim/built.ts';
import { systemNetwork } from '../shim/guard/system.ts';
import { isLoopback } from '../shim/unmapped.ts';
import { parseBaseUrl } from './base-url.ts';
import { notBuilt } from './built-files.ts';
import { paintFor } from './colour.ts';
import { askDhcp } from './doctor/ask-dhcp.ts';
import { baseInTree, checkTree, readManifest } from './doctor/built-tree.ts';
import { type Genesis, judgeAddresses, judgeOffers, KINDS } from './doctor/dhcp.ts';
import { type Finding, fault, findingText, note } from './doctor/finding.ts';
import { checkFirewall } from './doctor/firewall.ts';
import { checkHttp } from './doctor/http.ts';
import { checkIpxe } from './doctor/ipxe.ts';
import { checkNeighbours } from './doctor/neighbours.ts';
import { checkTftp, type TftpServer } from './doctor/tftp.ts';
import { parseFlags, parsePort } from './flags.ts';
import { DIST } from './project-flags.ts';
import { ownAddresses } from './this-machine.ts';

const FLAGS = {
  dist: DIST,
  host: {
    type: 'string',
    value: 'HOST',
    otherwise: "this computer's own addresses",
    about: 'where machines look for Genesis',
  },
  'http-port': {
    type: 'string',
    value: 'PORT',
    otherwise: 'the one that the tree was built for',
    about: 'the port of HTTP',
  },
  'tftp-port': { type: 'string', value: 'PORT', default: '69', about: 'the port of TFTP' },
  url: {
    type: 'string',
    value: 'URL',
    otherwise: 'made from the host and the port',
    about: 'where machines find the tree, if another web server has it',
  },
} as const;

/** How long to wait for a TFTP answer before asking once more. */
const TFTP_WAIT_MS = 2000;

/** Prints findings as it goes; 1 if a machine would not boot. */
export async function run(
  args: readonly string[],
  tftpWaitMs: number = TFTP_WAIT_MS,
): Promise<number> {
  const flags = parseFlags('doctor', args, FLAGS);
  const dist = resolve(flags.dist);
  const read = createBuiltReader(dist, (fault) => {
    throw fault;
  });
  const inventory = read()?.inventory;
  if (inventory === undefined) {
    throw notBuilt('doctor', flags.dist);
  }
  const port = flags['http-port'];
  const httpPort =
    port === undefined ? inventory.httpPort : parsePort('doctor', 'http-port', port, 1);
  const tftpPort = parsePort('doctor', 'tftp-port', flags['tftp-port'], 1);
  const addresses = flags.host === undefined ? ownAddresses() : [flags.host];
  const url =
    flags.url === undefined
      ? baseInTree(dist)
      : parseBaseUrl('doctor', flags.url).replace(/\/+$/, '');
  const bases = url === null ? addresses.map((one) => baseOf(one, httpPort)) : [url];
  let sick = false;
  const tftp = { port: tftpPort, waitMs: tftpWaitMs, base: url };
  const paint = paintFor(process.stdout);
  for await (const findings of checks({ dist, inventory, addresses, bases, httpPort, tftp })) {
    sick ||= findings.some(({ state }) => state === 'fault');
    process.stdout.write(findings.map((one) => findingText(one, paint)).join(''));
  }
  return sick ? 1 : 0;
}

interface Patient {
  readonly dist: string;
  readonly inventory: InventoryFile;
  /** IPv4, where machines look for Genesis. */
  readonly addresses: readonly string[];
  /** Where the tree is served. */
  readonly bases: readonly string[];
  readonly httpPort: number;
  readonly tftp: Omit<TftpServer, 'host' | 'isHere'>;
}

/** In the order in which a machine would run into trouble. */
async function* checks(patient: Patient): AsyncGenerator<readonly Finding[]> {
  const { dist, inventory, addresses, bases, httpPort, tftp } = patient;
  const manifest = readManifest(dist);
  yield checkTree(inventory, manifest);
  yield checkIpxe(dist, manifest);
  if (addresses.length === 0) yield [noNetwork()];
  const asking = addresses.some(isLoopbackHost) ? [] : ownAddresses();
  const files = Object.keys(manifest).flatMap((path) => /^tftp\/(.+)$/.exec(path)?.[1] ?? []);
  yield await checkDhcp(asking, { addresses, files });
  for (const host of addresses)
    yield await checkTftp({ host, isHere: isHere(host), ...tftp }, dist, manifest);
  for (const base of bases) {
    const served = { base, isHere: isHere(new URL(base).hostname) };
    yield await checkHttp({ ...served, dist, inventory, manifest });
  }
  yield checkNeighbours(await systemNetwork().neighbours(4), inventory.nodes);
  yield await checkFirewall(httpPort);
}

function noNetwork(): Finding {
  return fault(
    'this computer has no IPv4 address on any network',
    'connect it to a network, or give --host',
  );
}

/** @param asking our addresses, on whose networks to ask */
async function checkDhcp(asking: readonly string[], genesis: Genesis): Promise<Finding[]> {
  if (asking.length === 0) return [];
  try {
    const offers = await askDhcp(
      asking,
      KINDS.map(({ arch }) => arch),
    );
    return [
      judgeAddresses(offers.flat(), asking.join(', ')),
      ...KINDS.flatMap(({ name }, index) => judgeOffers(name, offers[index] ?? [], genesis)),
    ];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const fix =
      code === 'EACCES'
        ? 'run sudo ./homepbp doctor'
        : 'a DHCP client on this computer may hold port 68; run doctor on another computer';
    return [note(`DHCP was not checked: port 68 is unavailable (${code})`, fix)];
  }
}

/** @param host an address or a name */
function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || isLoopback(host);
}

function baseOf(host: string, port: number): string {
  return `http://${urlHost(host)}:${port}`;
}

/** Whether an address is one of this computer: what is wrong there can be fixed here. */
function isHere(host: string): boolean {
  return isLoopbackHost(host) || ownAddresses().includes(host);
}
