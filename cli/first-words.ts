// What `start` and `serve` say once they run: where the page is, whether anything tells machines to boot,
// and what to do next. Pure: it can be said again when the addresses have changed.
import type { BootProgram } from '../contract/boot-programs.ts';
import { TFTP_ROOT } from '../contract/paths.ts';
import { urlHost } from '../messages/url-host.ts';
import { isUnspecified } from '../shim/addresses.ts';
import type { LogEvent } from '../shim/log.ts';
import type { Shim } from '../shim/serve.ts';

/** What there is to say something about. */
export interface Situation extends Pick<Shim, 'http' | 'tftp' | 'proxyDhcp'> {
  /** The command that runs. */
  readonly command: 'start' | 'serve';
  /** Where others reach HTTP; empty if they cannot. */
  readonly addresses: readonly string[];
  /** Where machines look for HTTP, as the tree tells them. */
  readonly toldPort: number;
  /** The folder that is served, as the user named it. */
  readonly dist: string;
  /** What is there for firmware to load. */
  readonly programs: readonly BootProgram[];
  /** How many machines it knows. */
  readonly nodes: number;
  /** What they need that was not fetched, such as `kernel`. */
  readonly missing: readonly string[];
  /** Whether these are the machines of the example. */
  readonly isExample: boolean;
}

/** The port at which firmware asks; no setting changes it. */
const TFTP_PORT = 69;

/** Lines for the terminal, each paragraph with its subject in front. */
export function firstWords(situation: Situation): string[] {
  return [
    ...paragraph('Page', pageWords(situation)),
    ...paragraph('TFTP', tftpWords(situation)),
    ...paragraph('Boot', bootWords(situation)),
    ...paragraph('Missing', missingWords(situation)),
    ...paragraph('Next', nextWords(situation)),
  ];
}

/** The same as one event, for a log that programs read. */
export function firstEvent(situation: Situation): LogEvent {
  const { http, toldPort, proxyDhcp, tftp, missing, nodes, dist } = situation;
  const tell = `tell machines to boot from here: --proxy-dhcp, or the router's DHCP as in ${dist}/dhcp/`;
  const hints = [...noProgramWords(situation), ...(proxyDhcp === 'off' ? [tell] : [])];
  const fields = {
    page: pagesOf(situation).join(' '),
    ...(http !== null && http.port !== toldPort && { told_port: toldPort }),
    tftp: tftp === null ? 'none' : `${tftp.host}:${tftp.port}`,
    proxy_dhcp: proxyDhcp,
    nodes,
    missing: missing.length === 0 ? undefined : missing.join(', '),
    hint: hints.length === 0 ? undefined : hints.join('; '),
  };
  return { area: 'shim', event: 'ready', fields };
}

const LABEL = 9;

function paragraph(label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `${(index === 0 ? label : '').padEnd(LABEL)}${line}`);
}

function pagesOf({ http, addresses }: Situation): string[] {
  if (http === null) return [];
  return addresses.map((address) => urlOf(address, http.port));
}

function urlOf(address: string, port: number): string {
  return `http://${urlHost(address)}:${port}/`;
}

function pageWords(situation: Situation): string[] {
  const { http } = situation;
  if (http === null) return ['not served, see above: machines cannot boot without HTTP either'];
  const pages = pagesOf(situation);
  if (pages.length > 0) return [...pages, ...strayWords(situation)];
  const host = isUnspecified(http.host) ? '127.0.0.1' : http.host;
  return [
    urlOf(host, http.port),
    'only for this computer: no other can reach the addresses that it serves on',
  ];
}

/** A reverse proxy or a container may pass that port on to this one. */
function strayWords({ http, toldPort, dist }: Situation): string[] {
  if (http === null || http.port === toldPort) return [];
  return [
    `but ${dist} sends machines to port ${toldPort}: set genesis.http_port in nodes.yaml, unless something passes that port on`,
  ];
}

function tftpWords({ tftp }: Situation): string[] {
  if (tftp === null) return ['does not run, see above: firmware cannot load iPXE from here'];
  const { host, port } = tftp;
  const where = host === '0.0.0.0' ? `port ${port} of every address` : `port ${port} of ${host}`;
  if (port === TFTP_PORT) return [where];
  return [`${where}; firmware only asks at port ${TFTP_PORT}`];
}

function bootWords(situation: Situation): string[] {
  return [...noProgramWords(situation), ...toldWords(situation)];
}

/** Whatever tells machines to boot, they need it. */
function noProgramWords({ programs, dist, ...situation }: Situation): string[] {
  if (programs.length > 0) return [];
  return [`${dist}/${TFTP_ROOT}/ has nothing that firmware can load: ${fetchWords(situation)}`];
}

/** `start` builds again on its own. */
function fetchWords({ command }: Pick<Situation, 'command'>): string {
  return command === 'start' ? 'run ./homepbp fetch' : 'run ./homepbp fetch, then ./homepbp build';
}

function toldWords({ proxyDhcp, command, addresses, dist, programs }: Situation): string[] {
  switch (proxyDhcp) {
    case 'on':
      return ['proxy DHCP tells machines to boot from here; the router stays as it is'];
    case 'partly':
      return ['proxy DHCP does not reach every machine, see above'];
    case 'off': {
      const [only] = addresses.length === 1 ? addresses : [];
      const server = only ?? "this computer's address in their network";
      const files = programs.map(({ program, kind }) => `${program} (${kind})`).join(' or ');
      const boot = files === '' ? '' : `boot file ${files}; `;
      return [
        'nothing here tells machines to boot from this computer. Either',
        `* let it: sudo ./homepbp ${command} --proxy-dhcp, with no change to the router; or`,
        `* set the router's DHCP: next server ${server},`,
        `  ${boot}${dist}/dhcp/ has it ready to paste`,
      ];
    }
  }
}

function missingWords({ missing, command }: Situation): string[] {
  if (missing.length === 0) return [];
  // `start` says more of it next.
  const next = command === 'start' ? '' : `; ${fetchWords({ command })}`;
  return [`${missing.join(', ')}: not fetched yet${next}`];
}

function nextWords({ isExample, nodes }: Situation): string[] {
  const own = [
    ...(isExample ? ['nodes.yaml is the example: run ./homepbp init to write your own.'] : []),
    ...(isExample || nodes === 0
      ? ['A machine that is not in nodes.yaml appears on the page, with the line to add.']
      : []),
  ];
  return [
    ...own,
    "Enable network boot (PXE, IPv4) in the machines' firmware, switch them on, and watch the page.",
    'Once they are ready: ./homepbp kubeconfig',
  ];
}
