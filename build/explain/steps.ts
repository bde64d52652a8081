// Fetches as the reader sees them: by whom, how, which file of dist/, how large, and whether it is there.
import { TFTP_ROOT } from '../../contract/paths.ts';
import type { OutputFile } from '../output.ts';
import type { Plan } from '../plan.ts';

export interface Step {
  readonly by: 'firmware' | 'iPXE' | 'initramfs';
  readonly protocol: 'DHCP' | 'TFTP' | 'HTTP';
  /** The URL, or what DHCP answers. */
  readonly what: string;
  /** Path in dist/; null for DHCP, and for what is not in dist/. */
  readonly path: string | null;
  /** Null when it is not there. */
  readonly bytes: number | null;
  /** Whether the machine gets what it asks for; of what must not be there, that it does not. */
  readonly found: boolean;
  /** What to do about it, or to know. */
  readonly note: string | null;
}

/** A generated tree and where machines find it. */
export interface Site {
  readonly files: ReadonlyMap<string, OutputFile>;
  /** Address of Genesis, or a word that stands for it. */
  readonly host: string;
  /** Of dist/ over HTTP, without a trailing slash. */
  readonly base: string;
  /** Of dist/tftp/ over TFTP. */
  readonly tftp: string;
}

/** Stands for the laptop's address, which nobody knows before the machine asks DHCP. */
const GENESIS = 'GENESIS';

export function siteOf({ genesis }: Pick<Plan, 'genesis'>, files: readonly OutputFile[]): Site {
  const host = genesis.ip ?? GENESIS;
  return {
    files: new Map(files.map((file) => [file.path, file])),
    host,
    base: genesis.url ?? `http://${host}:${genesis.httpPort}`,
    tftp: `tftp://${host}`,
  };
}

/** The path in dist/ that a URL leads to, null when it leads elsewhere. */
function pathOf(url: string, { base, tftp }: Site): string | null {
  if (url.startsWith(`${base}/`)) return url.slice(base.length + 1);
  if (url.startsWith(`${tftp}/`)) return `${TFTP_ROOT}/${url.slice(tftp.length + 1)}`;
  return null;
}

/** The text that a URL gives, null when it is not there; of media, which is no script, nothing. */
export function textAt(url: string, site: Site): string | null {
  const path = pathOf(url, site);
  const file = path === null ? undefined : site.files.get(path);
  if (file === undefined) return null;
  return 'content' in file && typeof file.content === 'string' ? file.content : '';
}

/** The step that fetches a URL. */
export function fetchStep(
  by: Step['by'],
  url: string,
  site: Site,
  note: string | null = null,
): Step {
  const path = pathOf(url, site);
  const file = path === null ? undefined : site.files.get(path);
  const protocol = url.startsWith('tftp:') ? 'TFTP' : 'HTTP';
  const found = file !== undefined;
  const bytes = file === undefined ? null : bytesOf(file);
  return { by, protocol, what: url, path, bytes, found, note: found ? note : mend(path) };
}

/** The step in which iPXE asks for what no Genesis has. */
export function absentStep(url: string): Step {
  const note = 'must not be there: else another server answers, and nothing of it is run';
  return { by: 'iPXE', protocol: 'HTTP', what: url, path: null, bytes: null, found: true, note };
}

/** The step in which somebody asks the DHCP server. */
export function dhcpStep(by: Step['by'], what: string, note: string | null = null): Step {
  return { by, protocol: 'DHCP', what, path: null, bytes: null, found: true, note };
}

function bytesOf(file: OutputFile): number {
  return 'target' in file ? file.size : Buffer.byteLength(file.content);
}

function mend(path: string | null): string {
  if (path?.startsWith(`${TFTP_ROOT}/`) === true)
    return 'missing: run ./homepbp fetch, or install the package ipxe';
  if (path?.startsWith('os/') === true) return 'missing: run ./homepbp fetch';
  return 'missing: no build makes this file';
}
