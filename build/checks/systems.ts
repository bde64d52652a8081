// The operating system, and whether k3s runs on it.
import { currentName } from '../time-zones.ts';
import type { Path } from '../yaml-path.ts';
import type { Document, Finding } from './finding.ts';

/** The day on which a release's standard support ended or ends (wiki.ubuntu.com/Releases). */
const END_OF_SUPPORT: Readonly<Record<string, string>> = {
  '20.04': '2025-05-31',
  '22.04': '2027-06-01',
  '24.04': '2029-05-31',
  '26.04': '2031-05-31',
};

/** The first Kubernetes minor version whose kubelet refuses cgroup v1 by default. */
const FIRST_WITHOUT_CGROUP_V1 = 35;
export const CGROUP_V2_ARG = 'systemd.unified_cgroup_hierarchy=1';

/** Faults in `os:`, and k3s versions that cannot run on it. */
export function checkSystem(document: Document): Finding[] {
  return [...checkCustom(document), ...checkCgroups(document)];
}

function checkCustom({ os, nodes }: Document): Finding[] {
  if (os.custom === null) return [];
  const path: Path = ['os', 'custom'];
  const findings: Finding[] = [];
  for (const key of ['release', 'kernel'] as const) {
    if (os[key] === null) continue;
    const message = `'${key}' and 'custom' cannot be combined`;
    findings.push({ path, key: true, message, hint: 'remove one of them' });
  }
  const arches = new Set(nodes.map(({ arch }) => arch));
  if (arches.size > 1) {
    const message = `one kernel cannot serve ${[...arches].join(' and ')} nodes`;
    findings.push({ path, key: true, message, hint: 'split the nodes into two inventories' });
  }
  return findings;
}

/**
 * Ubuntu 20.04 boots with cgroup v1 unless its kernel line says otherwise; ours does for the hwe
 * kernel (see kernelLine), as Kubernetes wants 5.8 or newer for cgroup v2 and ga is 5.4.
 * @param resolved the version behind a channel such as `stable`, when known
 */
export function checkCgroups({ os, cluster, nodes }: Document, resolved?: string): Finding[] {
  const word = cluster.k3s;
  const version = resolved ?? word;
  const minor = /^v1\.(\d+)/.exec(version)?.[1];
  if (minor === undefined || Number(minor) < FIRST_WITHOUT_CGROUP_V1) return [];
  if (os.custom !== null || os.release !== '20.04' || os.kernel === 'hwe') return [];
  if (nodes.every((node) => node.kernel_args.includes(CGROUP_V2_ARG))) return [];
  const named = version === word ? `k3s ${word}` : `k3s ${word} (${version})`;
  return [
    {
      path: ['cluster', 'k3s'],
      message: `${named} needs cgroup v2, but Ubuntu 20.04 boots with cgroup v1`,
      hint: "set 'kernel: hwe' or a newer 'release' under os:, or 'k3s: v1.34'",
    },
  ];
}

/**
 * Warnings about releases that get no more updates, and about what newer ones lack.
 * @param today as `YYYY-MM-DD`
 */
export function warnOfSystem(document: Document, today: string): Finding[] {
  const { os } = document;
  if (os.custom !== null) return [];
  return [...warnOfSupport(os.release, today), ...warnOfZones(document, os.release)];
}

/** The first release whose tzdata lacks old names of zones. */
const FIRST_WITHOUT_OLD_ZONES = '24.04';

function warnOfZones({ nodes }: Document, release: string): Finding[] {
  if (release < FIRST_WITHOUT_OLD_ZONES) return [];
  const places = new Map(nodes.map((node) => [node.places.timezone.join('.'), node]));
  return [...places.values()].flatMap(({ timezone, places: { timezone: path } }) => {
    const today = currentName(timezone ?? '');
    if (today === undefined) return [];
    const message = `Ubuntu ${release} does not have the time zone ${timezone} by this name: the nodes will keep UTC`;
    return [{ path, message, hint: `use ${today}` }];
  });
}

function warnOfSupport(release: string, today: string): Finding[] {
  const end = END_OF_SUPPORT[release];
  if (end === undefined || today < end) return [];
  const message = `Ubuntu ${release} has had no free security updates since ${end}`;
  return [
    { path: ['os', 'release'], message, hint: 'use 24.04, or attach the nodes to Ubuntu Pro' },
  ];
}
