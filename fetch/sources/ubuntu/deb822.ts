// Control files of the archive: Release (Debian wiki, RepositoryFormat) and Packages (deb822(5)).
import { type IndexDates, parseIndexDate } from '../../dates.ts';

/** The fields of one paragraph, names in lower case; lines of a multi-line field joined by \n. */
export function parseParagraph(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  let name = '';
  for (const line of text.split('\n')) {
    const field = /^([!-9;-~]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (/^[ \t]/.test(line)) {
      fields.set(name, `${fields.get(name) ?? ''}\n${line.trim()}`);
    } else if (field !== null) {
      name = (field[1] ?? '').toLowerCase();
      fields.set(name, field[2] ?? '');
    }
  }
  return fields;
}

export interface ReleaseFile extends IndexDates {
  readonly suite: string;
  readonly codename: string;
  /** Whether indexes are also served by hash, so that a mirror's update cannot mix them up. */
  readonly byHash: boolean;
  /** Path below `dists/<suite>/` → the file that belongs there. */
  readonly indexes: ReadonlyMap<string, { readonly sha256: string; readonly size: number }>;
}

/** Parses a Release file whose signature has been checked. */
export function parseRelease(text: string): ReleaseFile {
  const fields = parseParagraph(text);
  const lines = (fields.get('sha256') ?? '').matchAll(/^([0-9a-f]{64})\s+(\d+)\s+(\S+)$/gm);
  const indexes = [...lines].map(
    ([, sha256 = '', size = '', path = '']) => [path, { sha256, size: Number(size) }] as const,
  );
  return {
    suite: fields.get('suite') ?? '',
    codename: fields.get('codename') ?? '',
    date: parseIndexDate(fields.get('date')),
    validUntil: parseIndexDate(fields.get('valid-until')),
    byHash: fields.get('acquire-by-hash') === 'yes',
    indexes: new Map(indexes),
  };
}

/** A binary package as an index lists it. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** Below the archive's base URL, such as `pool/main/g/grub2/grub-common_2.06-2ubuntu7_amd64.deb`. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** `Depends` and `Pre-Depends` together. */
  readonly depends: readonly Dependency[];
  readonly provides: readonly string[];
}

/** Alternatives, of which one is enough. */
export type Dependency = readonly PackageRelation[];

export interface PackageRelation {
  readonly name: string;
  readonly relation?: string;
  readonly version?: string;
}

/** One paragraph of a Packages file; null if it lacks a required field. */
export function parsePackage(paragraph: string): Package | null {
  const fields = parseParagraph(paragraph);
  const field = (name: string) => fields.get(name) ?? '';
  const path = field('filename');
  const size = Number(field('size') || 'none');
  const good =
    /^(?!.*\.\.)[\w.+~%-]+(\/[\w.+~%-]+)*\.deb$/.test(path) &&
    /^[0-9a-f]{64}$/.test(field('sha256')) &&
    Number.isSafeInteger(size) &&
    fields.has('package') &&
    fields.has('version');
  if (!good) return null;
  return {
    name: field('package'),
    version: field('version'),
    path,
    size,
    sha256: field('sha256'),
    depends: [...parseRelations(field('pre-depends')), ...parseRelations(field('depends'))],
    provides: parseRelations(field('provides')).flatMap((one) => one.map(({ name }) => name)),
  };
}

/** `libc6 (>= 2.34), debconf (>= 0.5) | debconf-2.0, python3:any` (Debian policy, section 7.1). */
export function parseRelations(field: string): Dependency[] {
  return field
    .split(',')
    .filter((group) => group.trim() !== '')
    .map((group) => group.split('|').flatMap(parseRelation));
}

function parseRelation(text: string): PackageRelation[] {
  const pattern = /^\s*([\w.+-]+)(?::\w+)?\s*(?:\((<<|<=|=|>=|>>|<|>)\s*([^)\s]+)\s*\))?/;
  const [, name, relation, version] = pattern.exec(text) ?? [];
  if (name === undefined) return [];
  if (relation === undefined || version === undefined) return [{ name }];
  // The two obsolete short forms mean 'or equal' (policy, section 7.1, footnote).
  const words: Record<string, string> = { '<': '<=', '>': '>=' };
  return [{ name, relation: words[relation] ?? relation, version }];
}

/** `name` or `name:arch`, a tab, the version: what a published root image has installed. */
export function parseManifest(text: string): Map<string, string> {
  const lines = text.matchAll(/^([\w.+-]+)(?::\w+)?\t(\S+)$/gm);
  return new Map([...lines].map(([, name = '', version = '']) => [name, version]));
}
