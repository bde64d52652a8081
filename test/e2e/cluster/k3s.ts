// Which k3s the nodes run, and how its etcd is asked: the stand-in, or with K3S_BIN a real one.
import { join, resolve } from 'node:path';

const REAL = process.env.K3S_BIN;

/** The program. */
export const K3S =
  REAL === undefined || REAL === ''
    ? join(import.meta.dirname, '..', '..', 'k3s-stand-in', 'k3s')
    : resolve(REAL);

/** What a real k3s needs beside the node's own configuration; null for the stand-in. */
export const REAL_K3S_CONFIG = REAL ? join(import.meta.dirname, 'real-k3s.yaml') : null;

/** The words that ask a node's own etcd, on that node. */
export function etcdctl(...words: readonly string[]): string[] {
  const tls = '/var/lib/rancher/k3s/server/tls/etcd';
  const real = [
    '--endpoints=https://127.0.0.1:2379',
    `--cacert=${tls}/server-ca.crt`,
    `--cert=${tls}/client.crt`,
    `--key=${tls}/client.key`,
  ];
  const where = REAL ? real : ['--endpoints=http://127.0.0.1:2379'];
  return ['env', 'ETCDCTL_API=3', 'etcdctl', '--command-timeout=5s', ...where, ...words];
}
