// What all servers of a k3s cluster must have alike (docs.k3s.io, 'k3s server', critical configuration
// values): one that differs is refused by the others, so it is said once, for all, in nodes.yaml.
import { isIP } from 'node:net';
import { z } from 'zod';

/** At most one of each family, as k3s takes them: `10.42.0.0/16,fd42::/56`. */
function list(isOne: (text: string) => boolean, message: string, hint: string) {
  const isList = (text: string) => text.split(',').length <= 2 && text.split(',').every(isOne);
  return z.string().refine(isList, { message, params: { hint } });
}

const ranges = list(isRange, 'is no range of addresses', 'such as 10.42.0.0/16');
const addresses = list((text) => isIP(text) !== 0, 'is no IP address', 'such as 10.43.0.10');

function isRange(text: string): boolean {
  const [address = '', length = '', ...rest] = text.split('/');
  const most = { 0: 0, 4: 30, 6: 126 }[isIP(address)] ?? 0;
  return rest.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= most && most > 0;
}

/** Keys as k3s' own configuration file has them. */
export const k3sConfigSchema = z.strictObject({
  'cluster-cidr': ranges.optional(),
  'service-cidr': ranges.optional(),
  'cluster-dns': addresses.optional(),
  'cluster-domain': z
    .string()
    .refine((text) => text.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(text), {
      message: 'is no domain',
      params: { hint: 'such as cluster.local' },
    })
    .optional(),
  disable: z
    .array(
      z.enum(['coredns', 'servicelb', 'traefik', 'local-storage', 'metrics-server', 'runtimes']),
    )
    .optional(),
  'disable-cloud-controller': z.boolean().optional(),
  'disable-helm-controller': z.boolean().optional(),
  'disable-network-policy': z.boolean().optional(),
  'egress-selector-mode': z.enum(['agent', 'cluster', 'pod', 'disabled']).optional(),
  'embedded-registry': z.boolean().optional(),
  'flannel-backend': z.enum(['vxlan', 'host-gw', 'wireguard-native', 'none']).optional(),
  'flannel-external-ip': z.boolean().optional(),
  'flannel-ipv6-masq': z.boolean().optional(),
  'secrets-encryption': z.boolean().optional(),
});
