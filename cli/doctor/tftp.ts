// TFTP as firmware uses it, with an independent client (npm's `tftp`).
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'tftp';
import { DOCTOR_OPTION } from '../../contract/doctor.ts';
import type { Manifest } from '../../contract/manifest.ts';
import { BOOT_SCRIPT, TFTP_ROOT } from '../../contract/paths.ts';
import { baseInScript, X86_PROGRAMS } from './built-tree.ts';
import { type Finding, fault, ok } from './finding.ts';

export interface TftpServer {
  readonly host: string;
  readonly port: number;
  /** Whether that is this computer. */
  readonly isHere: boolean;
  /** Where the scripts must send machines; null where these work that out. */
  readonly base: string | null;
  /** How long to wait for each answer; doctor asks twice. */
  readonly waitMs: number;
}

/** Fetches what firmware and iPXE load first, and compares. */
export async function checkTftp(
  server: TftpServer,
  dist: string,
  manifest: Manifest,
): Promise<Finding[]> {
  const names = [...X86_PROGRAMS, BOOT_SCRIPT].filter((name) =>
    Object.hasOwn(manifest, `${TFTP_ROOT}/${name}`),
  );
  const { host, port } = server;
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-doctor-'));
  const where = `tftp://${host}:${port}`;
  try {
    for (const name of names) {
      const got = await fetchFile(server, name, join(folder, 'got'));
      if (typeof got === 'string') return [fault(`${where}/${name}: ${got}`, notServed(server))];
      const script = name === BOOT_SCRIPT ? got.toString() : null;
      if (script !== null && leadsAway(script, server)) return [astray(where, script, server)];
      if (isAsBuilt(script, got, await readFile(join(dist, TFTP_ROOT, name)), server)) continue;
      return [fault(`${where}/${name} is not from this tree`, fixOfOther(server))];
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  return names.length === 0 ? [] : [ok(`${where}: ${names.join(', ')} are served as built`)];
}

/** An export for another URL than the tree's has that URL in its scripts. */
function isAsBuilt(
  script: string | null,
  got: Buffer,
  built: Buffer,
  { base }: TftpServer,
): boolean {
  if (got.equals(built)) return true;
  return script !== null && base !== null && baseInScript(script) === base;
}

/** Whether the first script sends machines elsewhere than to the tree that is examined. */
function leadsAway(script: string, { host, base }: TftpServer): boolean {
  if (base === null || !script.startsWith('#!ipxe')) return false;
  const to = baseInScript(script);
  // Without an address it leads to the server that it came from.
  return to === null ? new URL(base).hostname !== host : to !== base;
}

function astray(where: string, script: string, { base }: TftpServer): Finding {
  const to = baseInScript(script) ?? 'the TFTP server itself';
  return fault(
    `${where}/${BOOT_SCRIPT} sends machines to ${to}, not to ${base}`,
    `set genesis.url to ${base} and build, or serve the folder tftp/ of ./homepbp export DIR --url ${base}`,
  );
}

function notServed({ host, port, isHere }: TftpServer): string {
  if (!isHere)
    return `have the TFTP server at ${host} serve the folder tftp/ of the export, and its firewall allow incoming UDP; or let this computer serve TFTP and name it as next-server`;
  return (
    `run ./homepbp start, which says how to bind port ${port} if it may not; ` +
    'if it is running, a firewall on this computer must allow incoming UDP, including high ports'
  );
}

function fixOfOther({ host, port, isHere, base }: TftpServer): string {
  if (!isHere)
    return `have the TFTP server at ${host} serve the folder tftp/ of ./homepbp export DIR${base === null ? '' : ` --url ${base}`}`;
  return `another program serves TFTP: find it with sudo ss -lunp sport = :${port} and stop it`;
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
    await new Promise<void>((resolve, reject) => {
      client.get(name, to, { userExtensions: { [DOCTOR_OPTION]: '1' } }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
    return await readFile(to);
  } catch (error) {
    const { message } = error as Error;
    return /timed out/i.test(message) ? 'no answer' : message;
  }
}
