// What is on a node's disk and in its etcd: which cluster, which CA, who is in, which keys.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Etcd, readEtcd } from '../etcd.ts';
import { CA, etcdctl, WAL } from './k3s.ts';
import type { ClusterNode } from './node.ts';

/** Asks a node's own etcd; null while it does not answer with a quorum. */
export function askEtcd(node: ClusterNode): Promise<Etcd | null> {
  return readEtcd((...words) => node.run(etcdctl(...words), 10));
}

/** SHA-256 of a node's CA; null where it has none. */
export function caHash(node: ClusterNode): string | null {
  const path = join(node.folder, CA);
  return existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : null;
}

/** Whether a node has data of a cluster. */
export function hasData(node: ClusterNode): boolean {
  return existsSync(join(node.folder, WAL));
}

/** Writes a key by a node's etcd; resolves when it is acknowledged. */
export async function writeKey(node: ClusterNode, key: string, value: string): Promise<void> {
  await node.run(etcdctl('put', key, value), 15);
}

/** Reads a key by a node's etcd, by a quorum. */
export async function readKey(node: ClusterNode, key: string): Promise<string> {
  return (await node.run(etcdctl('get', key, '--print-value-only'), 15)).trim();
}

/** Writes `/test/kept`, which then is on the disk of each of these members. */
export async function keepKey(nodes: readonly ClusterNode[]): Promise<void> {
  const [first] = nodes;
  assert.ok(first);
  await writeKey(first, '/test/kept', 'yes');
  // Acknowledged by two of three: the third, which may be the only one left, must have it, too.
  for (const one of nodes) assert.equal(await readKey(one, '/test/kept'), 'yes');
  // That an entry is committed reaches the disk only along with a later one, and a reset drops what it
  // cannot prove to be committed. A real k3s writes something every few seconds.
  await writeKey(first, '/test/later', 'yes');
  for (const one of nodes) assert.equal(await readKey(one, '/test/later'), 'yes');
}
