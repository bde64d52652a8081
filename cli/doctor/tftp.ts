// TFTP as firmware asks, by a client of another maker (npm's `tftp`).
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
  /** How long to wait for each answer; it is asked for twice. */
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
      const what = `${where}/${name} is not the file of this tree: another program serves TFTP`;
      return [fault(what, `stop it; see which: sudo ss -lunp sport = :${port}`)];
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return names.length === 0 ? [] : [ok(`${where}: ${names.join(', ')} come as they were built`)];
}

function notServed(port: number): string {
  return (
    `./homepbp start, which says how to bind port ${port} where it may not; ` +
    'if it runs: a firewall on this computer must let UDP in, also to high ports'
  );
}

/** The file, or in words why not. */
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
    return /timed out/i.test(message) ? 'nothing answers' : message;
  }
}
