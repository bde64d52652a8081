// Which k3s the nodes run, where it keeps what the cases look at, and how its etcd is asked: the
// stand-in, or with K3S_BIN a real one. All that differs between the two is here and in real-k3s.yaml.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../../../messages/user-error.ts';
import { etcdctlWords } from '../etcd.ts';

const { K3S_BIN } = process.env;
const REAL = K3S_BIN === undefined || K3S_BIN === '' ? null : resolve(K3S_BIN);

/** The program. */
export const K3S = REAL ?? join(import.meta.dirname, '..', '..', 'k3s-stand-in', 'k3s');

/** In every version, and in no help. */
const HIDDEN = '--disable-agent';

/** What a real k3s needs beside the node's own configuration; null for the stand-in. */
export const REAL_K3S_CONFIG =
  REAL && knownSettings(readFileSync(join(import.meta.dirname, 'real-k3s.yaml'), 'utf8'), help());

/** Those lines of a configuration whose flags a version has, by its own `k3s server --help`. */
function knownSettings(config: string, serverHelp: string): string {
  const flags = new Set([HIDDEN, ...(serverHelp.match(/--[a-z0-9-]+/g) ?? [])]);
  const lines = config.split('\n').filter((line) => {
    const key = /^([a-z0-9-]+):/.exec(line)?.[1];
    return key === undefined || flags.has(`--${key}`);
  });
  return lines.join('\n');
}

function help(): string {
  return spawnSync(K3S, ['server', '--help'], { encoding: 'utf8' }).stdout ?? '';
}

/** In the folder of a node. */
export const CONFIG = 'disk/etc/rancher/k3s/config.yaml';
export const CA = 'disk/var/lib/rancher/k3s/server/tls/server-ca.crt';
export const WAL = 'disk/var/lib/rancher/k3s/server/db/etcd/member/wal';

/** @throws {UserError} where K3S_BIN is not a program, or not the k3s of a release */
export function checkK3s(): void {
  try {
    accessSync(K3S, constants.X_OK);
  } catch (cause) {
    throw new UserError(
      `e2e: K3S_BIN is not an executable program: ${K3S}\n  unset it to use the stand-in, or set it to the k3s of a release`,
      { cause },
    );
  }
  if (REAL_K3S_CONFIG === null) return;
  if (/^flannel-backend:/m.test(REAL_K3S_CONFIG) && answersKubectl()) return;
  throw new UserError(
    `e2e: K3S_BIN has no \`server --flannel-backend\` or no \`kubectl\`: ${K3S}\n  set it to the k3s of a release, or to a script that passes its arguments to one`,
  );
}

function answersKubectl(): boolean {
  return spawnSync(K3S, ['kubectl', 'version', '--client'], { stdio: 'ignore' }).status === 0;
}

/** Whether agents can run: those of a real k3s are nothing without a kubelet and containers. */
export const HAS_AGENTS = REAL === null;

/** The words that ask a node's own etcd, on that node. */
export function etcdctl(...words: readonly string[]): string[] {
  const tls = '/var/lib/rancher/k3s/server/tls/etcd';
  const real = [
    '--endpoints=https://127.0.0.1:2379',
    `--cacert=${tls}/server-ca.crt`,
    `--cert=${tls}/client.crt`,
    `--key=${tls}/client.key`,
  ];
  const where = REAL === null ? ['--endpoints=http://127.0.0.1:2379'] : real;
  return etcdctlWords(where, words);
}
