// The cluster's address ranges must not overlap each other or the nodes' network.
import { K3S_DEFAULTS } from '../k3s-config.ts';
import { type Cidr, contains, parseCidr } from '../subnet.ts';
import type { Document, Finding } from './finding.ts';

type RangeKey = 'cluster-cidr' | 'service-cidr';

/** Faults in the ranges of `cluster.k3s_config:`. IPv4 only. */
export function checkK3sConfig(document: Document): Finding[] {
  const config = document.cluster.k3s_config;
  const rangesOf = (key: RangeKey) => ipv4Ranges(config[key] ?? K3S_DEFAULTS[key]);
  const pods = rangesOf('cluster-cidr');
  const services = rangesOf('service-cidr');
  const findings: Finding[] = [];
  if (overlap(pods, services)) {
    const key = config['service-cidr'] === undefined ? 'cluster-cidr' : 'service-cidr';
    const message = `cluster-cidr (${textOf(pods)}) and service-cidr (${textOf(services)}) overlap`;
    findings.push(at(key, message, 'pods and services need separate ranges'));
  }
  for (const key of ['cluster-cidr', 'service-cidr'] as const) {
    if (config[key] !== undefined) findings.push(...checkNodes(document, key, rangesOf(key)));
  }
  return [...findings, ...checkDns(config['cluster-dns'], services)];
}

function checkNodes({ nodes }: Document, key: RangeKey, ranges: readonly Cidr[]): Finding[] {
  const inside = nodes.find(({ ip }) => {
    const own = parseCidr(ip ?? '');
    return own !== null && ranges.some((range) => contains(range, own.address));
  });
  if (inside === undefined) return [];
  const message = `${inside.name ?? 'a node'} has its address ${inside.ip} inside ${key}`;
  return [at(key, message, 'use a range that is used nowhere else')];
}

function checkDns(dns: string | undefined, services: readonly Cidr[]): Finding[] {
  const outside = dns
    ?.split(',')
    .filter((address) => !address.includes(':'))
    .find((address) => !services.some((range) => contains(range, address)));
  if (outside === undefined) return [];
  const message = `cluster-dns ${outside} is not in service-cidr (${textOf(services)})`;
  return [at('cluster-dns', message, "the default is the range's tenth address")];
}

function at(key: RangeKey | 'cluster-dns', message: string, hint: string): Finding {
  return { path: ['cluster', 'k3s_config', key], message, hint };
}

function ipv4Ranges(text: string): Cidr[] {
  return text.split(',').flatMap((range) => parseCidr(range) ?? []);
}

function overlap(some: readonly Cidr[], others: readonly Cidr[]): boolean {
  return some.some((one) =>
    others.some(({ first, last }) => one.first <= last && first <= one.last),
  );
}

function textOf(ranges: readonly Cidr[]): string {
  return ranges.map(({ address, prefix }) => `${address}/${prefix}`).join(',');
}
