// HTTP as iPXE uses it: the boot script of this very build, images of the right size, and no secrets
// for this computer.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InventoryFile } from '../../contract/inventory.ts';
import type { Manifest } from '../../contract/manifest.ts';
import { ABSENT_SCRIPT, BOOT_SCRIPT, nodePath } from '../../contract/paths.ts';
import { type Finding, fault, note, ok } from './finding.ts';

const WAIT_MS = 5000;

export interface ServedTree {
  /** Where the tree is served, without a slash at its end. */
  readonly base: string;
  readonly dist: string;
  readonly inventory: InventoryFile;
  readonly manifest: Manifest;
}

export async function checkHttp(served: ServedTree): Promise<Finding[]> {
  const script = await ask(`${served.base}/${BOOT_SCRIPT}`);
  const { port } = new URL(served.base);
  if (script === null) {
    return [
      fault(
        `no answer from ${served.base}/`,
        'run ./homepbp start (or serve); if it is running, check the firewall on this computer, or give another --host',
      ),
    ];
  }
  const expected = await readFile(join(served.dist, BOOT_SCRIPT)).catch(() => null);
  if (!script.ok || expected === null || !(await bytesOf(script)).equals(expected)) {
    return [
      fault(
        `${served.base}/ serves a different ${BOOT_SCRIPT}, or none (HTTP ${script.status})`,
        `find the program on that port with sudo ss -ltnp sport = :${port || 80} and stop it, or build with another genesis.http_port`,
      ),
    ];
  }
  return [
    ok(`${served.base}/${BOOT_SCRIPT} is from this build`),
    ...(await checkAbsent(served)),
    ...(await checkImages(served)),
    ...(await checkGuard(served)),
  ];
}

/** On BIOS, our scripts run nothing from a server that has a page for every name. */
async function checkAbsent({ base }: ServedTree): Promise<Finding[]> {
  const answer = await ask(`${base}/${ABSENT_SCRIPT}`);
  await answer?.body?.cancel();
  if (answer === null || answer.status >= 400) return [];
  return [
    fault(
      `${base}/ serves a page for every name, even ${ABSENT_SCRIPT} (HTTP ${answer.status}): BIOS machines boot from their own disk`,
      'make the web server answer 404 for files that it does not have',
    ),
  ];
}

/** Compares lengths, which finds a proxy's error page, a partial copy and a dangling link. */
async function checkImages({ base, manifest }: ServedTree): Promise<Finding[]> {
  const images = Object.entries(manifest).filter(([path]) => /^(os|k3s)\//.test(path));
  const wrong: string[] = [];
  for (const [path, { size }] of images) {
    const answer = await ask(`${base}/${encodeURI(path)}`, 'HEAD');
    if (answer?.status !== 200) wrong.push(`${path} (${answer?.status ?? 'no answer'})`);
    else if (answer.headers.get('content-length') !== String(size))
      wrong.push(`${path} (wrong size)`);
  }
  if (wrong.length === 0)
    return [ok(`${images.length} images are served, each with the right size`)];
  const fix = 'run ./homepbp build (or export) again, and check that media/ has not moved';
  return [fault(`not served as built: ${some(wrong)}`, fix)];
}

/** The files of nodes/ carry the cluster's token; this computer is not a node. */
async function checkGuard({ base, inventory: { nodes } }: ServedTree): Promise<Finding[]> {
  const mac = nodes[0]?.macs[0];
  if (mac === undefined) return [];
  const answer = await ask(`${base}/${nodePath(mac, 'user-data')}`, 'HEAD');
  if (answer?.status === 403)
    return [ok('the files in nodes/ are served only to their own machines')];
  if (answer?.status !== 200) return [];
  return [
    note(
      "anyone on this network can read the files in nodes/, which contain the cluster's token",
      'serve without --guard off; a NAS cannot protect them',
    ),
  ];
}

async function ask(url: string, method = 'GET'): Promise<Response | null> {
  const signal = AbortSignal.timeout(WAIT_MS);
  return fetch(url, { method, signal, redirect: 'manual' }).catch(() => null);
}

const MAX_SCRIPT_BYTES = 64 * 1024;

/** Bounded, as the server may never stop sending. */
async function bytesOf({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body ?? []) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_SCRIPT_BYTES) break;
    }
  } catch {
    // Cut off or too slow: what came is not the script.
  }
  return Buffer.concat(chunks);
}

function some(names: readonly string[]): string {
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return names.slice(0, 3).join(', ') + more;
}
