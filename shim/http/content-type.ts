// The Content-Type of a name. Scripts and cloud-init files are text, so that browsers show them.
import { extname } from 'node:path';
import { NODE_FILES } from '../../contract/paths.ts';

const TEXT = 'text/plain; charset=utf-8';
const BINARY = 'application/octet-stream';

const BY_EXTENSION: ReadonlyMap<string, string> = new Map(
  Object.entries({
    html: 'text/html; charset=utf-8',
    css: 'text/css; charset=utf-8',
    js: 'text/javascript; charset=utf-8',
    json: 'application/json',
    map: 'application/json',
    svg: 'image/svg+xml',
    png: 'image/png',
    ico: 'image/x-icon',
    woff2: 'font/woff2',
    ipxe: TEXT,
    yaml: TEXT,
    yml: TEXT,
    txt: TEXT,
    md: TEXT,
    conf: TEXT,
    cfg: TEXT,
    list: TEXT,
    sh: TEXT,
    pub: TEXT,
    gz: 'application/gzip',
    zst: 'application/zstd',
    xz: 'application/x-xz',
    tar: 'application/x-tar',
    deb: 'application/vnd.debian.binary-package',
  }),
);

const SEED_FILES: ReadonlySet<string> = new Set(NODE_FILES);

/** The media type by file name; content is never inspected. */
export function contentType(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  if (SEED_FILES.has(last)) return TEXT;
  return BY_EXTENSION.get(extname(last).slice(1)) ?? BINARY;
}
