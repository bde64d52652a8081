// The packages of several pockets together: the newest of each name counts, as for apt.

import { type Package, type PackageRelation, parsePackage } from './deb822.ts';
import { compareVersions, satisfies } from './debian-version.ts';

export interface PackageIndex {
  /** The newest package of that name. */
  newest(name: string): Package | undefined;
  /** Exactly that version. */
  exactly(name: string, version: string): Package | undefined;
  /** Names of packages that provide a virtual one. */
  providersOf(name: string): readonly string[];
}

/** @param texts the Packages files, verified; parsed on demand, as they list 10,000 packages */
export function indexPackages(texts: readonly string[]): PackageIndex {
  const paragraphs = new Map<string, string[]>();
  const providers = new Map<string, string[]>();
  for (const paragraph of texts.flatMap((text) => text.split(/\n{2,}/))) {
    const name = /^Package: (\S+)$/m.exec(paragraph)?.[1];
    if (name === undefined) continue;
    append(paragraphs, name, paragraph);
    for (const virtual of providedNames(paragraph)) append(providers, virtual, name);
  }
  const all = (name: string) =>
    (paragraphs.get(name) ?? []).flatMap((paragraph) => parsePackage(paragraph) ?? []);
  return {
    newest: (name) => all(name).reduce<Package | undefined>(newer, undefined),
    exactly: (name, version) => all(name).find((one) => one.version === version),
    providersOf: (name) => providers.get(name) ?? [],
  };
}

function providedNames(paragraph: string): string[] {
  const field = /^Provides: (.*)$/m.exec(paragraph)?.[1] ?? '';
  return [...field.matchAll(/(?:^|,)\s*([\w.+-]+)/g)].map(([, name = '']) => name);
}

function append(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function newer(best: Package | undefined, one: Package): Package {
  return best === undefined || compareVersions(one.version, best.version) > 0 ? one : best;
}

export interface Closure {
  readonly packages: readonly Package[];
  /** Dependencies that neither the image nor the archive can satisfy, as `package: dependency`. */
  readonly missing: readonly string[];
}

/**
 * Packages and all their dependencies that are not installed already.
 * @param roots names of packages; those not in the archive are reported as missing
 * @param installed name → version, from the root image's manifest
 */
export function closureOf(
  roots: readonly string[],
  index: PackageIndex,
  installed: ReadonlyMap<string, string>,
): Closure {
  const packages = new Map<string, Package>();
  const missing: string[] = [];
  const queue = roots.map((name) => ({ alternatives: [{ name }] as PackageRelation[], by: '' }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { alternatives, by } = next;
    if (alternatives.some((one) => isSatisfied(one, index, installed, packages))) continue;
    const chosen = choose(alternatives, index);
    if (chosen === undefined) {
      missing.push(`${by}${alternatives.map(({ name }) => name).join(' | ')}`);
      continue;
    }
    packages.set(chosen.name, chosen);
    for (const depends of chosen.depends) {
      queue.push({ alternatives: [...depends], by: `${chosen.name}: ` });
    }
  }
  return { packages: [...packages.values()], missing };
}

function isSatisfied(
  wanted: PackageRelation,
  index: PackageIndex,
  installed: ReadonlyMap<string, string>,
  chosen: ReadonlyMap<string, Package>,
): boolean {
  const version = chosen.get(wanted.name)?.version ?? installed.get(wanted.name);
  if (version !== undefined && fits(version, wanted)) return true;
  // A versioned relation needs the package itself, or a versioned Provides, which few packages have.
  if (wanted.relation !== undefined) return false;
  return index.providersOf(wanted.name).some((name) => chosen.has(name) || installed.has(name));
}

/** The first available alternative, as apt chooses it. */
function choose(alternatives: readonly PackageRelation[], index: PackageIndex) {
  for (const wanted of alternatives) {
    const names = [wanted.name, ...index.providersOf(wanted.name)];
    const found = names.flatMap((name) => index.newest(name) ?? []);
    const fitting = found.find((one) => one.name !== wanted.name || fits(one.version, wanted));
    if (fitting !== undefined) return fitting;
  }
  return undefined;
}

function fits(version: string, { relation, version: bound }: PackageRelation): boolean {
  return relation === undefined || bound === undefined || satisfies(version, relation, bound);
}
