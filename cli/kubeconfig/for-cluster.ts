// Turns k3s' own kubeconfig, which is for the server itself, into one for people's computers.
import { dump } from 'js-yaml';
import { z } from 'zod';

const base64 = z.string().regex(/^[A-Za-z0-9+/]+=*$/);

/** The parts of /etc/rancher/k3s/k3s.yaml that we use: one cluster, one user. */
export const kubeconfigSchema = z.object({
  apiVersion: z.literal('v1'),
  kind: z.literal('Config'),
  clusters: z.tuple([
    z.object({ cluster: z.object({ 'certificate-authority-data': base64, server: z.url() }) }),
  ]),
  users: z.tuple([
    z.object({
      user: z.object({ 'client-certificate-data': base64, 'client-key-data': base64 }),
    }),
  ]),
});

export type Kubeconfig = z.infer<typeof kubeconfigSchema>;

/**
 * The same key under the cluster's name, so that it can be merged with others, and with one server's
 * address, which k3s' certificate covers.
 * @param address IPv4 or IPv6
 */
export function forCluster(
  { clusters: [{ cluster }], users: [{ user }] }: Kubeconfig,
  name: string,
  address: string,
): string {
  const url = new URL(cluster.server);
  url.hostname = address.includes(':') ? `[${address}]` : address;
  const server = url.href.replace(/\/$/, '');
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { ...cluster, server } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  });
}
