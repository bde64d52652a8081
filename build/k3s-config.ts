// Settings that must be the same on all k3s servers (docs.k3s.io, 'k3s server', critical configuration
// values): servers reject one that differs, so nodes.yaml sets them once for all.
import { isIP } from 'node:net';
import { z } from 'zod';

/** At most one per address family, as k3s takes them: `10.42.0.0/16,fd42::/56`. */
function list(isOne: (text: string) => boolean, message: string, hint: string) {
  const isList = (text: string) => text.split(',').length <= 2 && text.split(',').every(isOne);
  return z.string().refine(isList, { message, params: { hint } });
}

const ranges = list(isRange, 'is not a valid address range', 'such as 10.42.0.0/16');
const addresses = list(
  (text) => isIP(text) !== 0,
  'is not a valid IP address',
  'such as 10.43.0.10',
);

function isRange(text: string): boolean {
  const [address = '', length = '', ...rest] = text.split('/');
  const most = { 0: 0, 4: 30, 6: 126 }[isIP(address)] ?? 0;
  return rest.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= most && most > 0;
}

/** k3s' own defaults; nodes get only what nodes.yaml sets. */
export const K3S_DEFAULTS = {
  'cluster-cidr': '10.42.0.0/16',
  'service-cidr': '10.43.0.0/16',
  'cluster-domain': 'cluster.local',
  'egress-selector-mode': 'agent',
  'flannel-backend': 'vxlan',
} as const;

/** For editors; an absent value stays absent. */
function byDefault(key: keyof typeof K3S_DEFAULTS) {
  return { default: K3S_DEFAULTS[key] };
}

/** Keys as in k3s' own configuration file. */
export const k3sConfigSchema = z.strictObject({
  'cluster-cidr': ranges.optional().meta(byDefault('cluster-cidr')),
  'service-cidr': ranges.optional().meta(byDefault('service-cidr')),
  'cluster-dns': addresses.optional(),
  'cluster-domain': z
    .string()
    .refine((text) => text.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(text), {
      message: 'is not a valid domain',
      params: { hint: 'such as cluster.local' },
    })
    .optional()
    .meta(byDefault('cluster-domain')),
  disable: z
    .array(
      z.enum(['coredns', 'servicelb', 'traefik', 'local-storage', 'metrics-server', 'runtimes']),
    )
    .optional(),
  'disable-cloud-controller': z.boolean().optional(),
  'disable-helm-controller': z.boolean().optional(),
  'disable-network-policy': z.boolean().optional(),
  'egress-selector-mode': z
    .enum(['agent', 'cluster', 'pod', 'disabled'])
    .optional()
    .meta(byDefault('egress-selector-mode')),
  'embedded-registry': z.boolean().optional(),
  'flannel-backend': z
    .enum(['vxlan', 'host-gw', 'wireguard-native', 'none'])
    .optional()
    .meta(byDefault('flannel-backend')),
  'flannel-external-ip': z.boolean().optional(),
  'flannel-ipv6-masq': z.boolean().optional(),
  'secrets-encryption': z.boolean().optional(),
});
