// Fetches as shown to the reader: by whom, how, which file of dist/, its size, and whether it exists.
import { TFTP_ROOT } from '../../contract/paths.ts';
import type { OutputFile } from '../output.ts';
import type { Plan } from '../plan.ts';

export interface Step {
  readonly by: 'firmware' | 'iPXE' | 'initramfs';
  readonly protocol: 'DHCP' | 'TFTP' | 'HTTP';
  /** The URL, or what DHCP answers. */
  readonly what: string;
  /** Path in dist/; null for DHCP and anything outside dist/. */
  readonly path: string | null;
  /** Null when missing. */
  readonly bytes: number | null;
  /** Whether the machine gets the expected answer; for a file that must not exist, none. */
  readonly found: boolean;
  /** A fix or a remark. */
  readonly note: string | null;
}

/** A generated tree and where machines find it. */
export interface ServedTree {
  readonly files: ReadonlyMap<string, OutputFile>;
  /** Address of Genesis, or a placeholder. */
  readonly host: string;
  /** Of dist/ over HTTP, without a trailing slash. */
  readonly base: string;
  /** Of dist/tftp/ over TFTP. */
  readonly tftp: string;
}

/** Placeholder for the laptop's address, unknown until the machine asks DHCP. */
const GENESIS = 'GENESIS';

export function servedTreeOf(
  { genesis }: Pick<Plan, 'genesis'>,
  files: readonly OutputFile[],
): ServedTree {
  const host = genesis.ip ?? GENESIS;
  return {
    files: new Map(files.map((file) => [file.path, file])),
    host,
    base: genesis.url ?? `http://${host}:${genesis.httpPort}`,
    tftp: `tftp://${host}`,
  };
}

/** The path in dist/ of a URL; null when it is elsewhere. */
function pathOf(url: string, { base, tftp }: ServedTree): string | null {
  if (url.startsWith(`${base}/`)) return url.slice(base.length + 1);
  if (url.startsWith(`${tftp}/`)) return `${TFTP_ROOT}/${url.slice(tftp.length + 1)}`;
  return null;
}

/** The text at a URL; null when missing, empty for media. */
export function textAt(url: string, tree: ServedTree): string | null {
  const path = pathOf(url, tree);
  const file = path === null ? undefined : tree.files.get(path);
  if (file === undefined) return null;
  return 'content' in file && typeof file.content === 'string' ? file.content : '';
}

/** The step that fetches a URL. */
export function fetchStep(
  by: Step['by'],
  url: string,
  tree: ServedTree,
  note: string | null = null,
): Step {
  const path = pathOf(url, tree);
  const file = path === null ? undefined : tree.files.get(path);
  const protocol = url.startsWith('tftp:') ? 'TFTP' : 'HTTP';
  const found = file !== undefined;
  const bytes = file === undefined ? null : bytesOf(file);
  return { by, protocol, what: url, path, bytes, found, note: found ? note : fixFor(path) };
}

/** The step in which iPXE asks for a file that Genesis never has. */
export function absentStep(url: string): Step {
  const note = 'must not exist: if it does, another server answers, and nothing from it is run';
  return { by: 'iPXE', protocol: 'HTTP', what: url, path: null, bytes: null, found: true, note };
}

/** The step that asks the DHCP server. */
export function dhcpStep(by: Step['by'], what: string, note: string | null = null): Step {
  return { by, protocol: 'DHCP', what, path: null, bytes: null, found: true, note };
}

function bytesOf(file: OutputFile): number {
  return 'target' in file ? file.size : Buffer.byteLength(file.content);
}

function fixFor(path: string | null): string {
  if (path?.startsWith(`${TFTP_ROOT}/`) === true)
    return 'missing: run ./homepbp fetch, or install the package ipxe';
  if (path?.startsWith('os/') === true) return 'missing: run ./homepbp fetch';
  return 'missing: no build creates this file';
}
