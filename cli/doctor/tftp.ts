// TFTP as firmware uses it, with an independent client (npm's `tftp`).
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClient } from 'tftp';
import type { Manifest } from '../../contract/manifest.ts';
import { TFTP_ROOT } from '../../contract/paths.ts';
import { BOOT_PROGRAMS } from './built-tree.ts';
import { type Finding, fault, ok } from './finding.ts';

export interface TftpServer {
  readonly host: string;
  readonly port: number;
  /** How long to wait for each answer; doctor asks twice. */
  readonly waitMs: number;
}

/** Fetches what firmware and iPXE load first, and compares. */
export async function checkTftp(
  server: TftpServer,
  dist: string,
  manifest: Manifest,
): Promise<Finding[]> {
  const names = [...BOOT_PROGRAMS, 'boot.ipxe'].filter((name) =>
    Object.hasOwn(manifest, `${TFTP_ROOT}/${name}`),
  );
  const { host, port } = server;
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-doctor-'));
  const where = `tftp://${host}:${port}`;
  try {
    for (const name of names) {
      const got = await fetchFile(server, name, join(folder, 'got'));
      if (typeof got === 'string') return [fault(`${where}/${name}: ${got}`, notServed(port))];
      if (got.equals(await readFile(join(dist, TFTP_ROOT, name)))) continue;
      const what = `${where}/${name} is not from this tree: another program serves TFTP`;
      return [fault(what, `find it with sudo ss -lunp sport = :${port} and stop it`)];
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return names.length === 0 ? [] : [ok(`${where}: ${names.join(', ')} are served as built`)];
}

function notServed(port: number): string {
  return (
    `run ./homepbp start, which says how to bind port ${port} if it may not; ` +
    'if it is running, a firewall on this computer must allow incoming UDP, including high ports'
  );
}

/** The file, or why it could not be fetched. */
async function fetchFile(
  { host, port, waitMs: timeout }: TftpServer,
  name: string,
  to: string,
): Promise<Buffer | string> {
  const options = { blockSize: 1468, windowSize: 1, retries: 1, timeout };
  const client = createClient({ host, port, ...options });
  try {
    await promisify(client.get.bind(client))(name, to);
    return await readFile(to);
  } catch (error) {
    const { message } = error as Error;
    return /timed out/i.test(message) ? 'no answer' : message;
  }
}
