// The files of nodes/: only for their own machines where our server has the guard, for everybody on
// another web server, and for nobody where that may not read them.
import { CLEAR_SECRETS, SEALED_SECRETS } from '../../contract/node-secrets.ts';
import { BOOT_SCRIPT, NODE_FILES, NODES, nodePath } from '../../contract/paths.ts';
import { askHttp } from './ask-http.ts';
import { type Finding, fault, note, ok } from './finding.ts';
import { fixOfRefusal } from './may-not-read.ts';
import { builtFile, isOurs, type ServedTree, said, some } from './served-tree.ts';

/** @param isShim whether our own server answers at this address */
export function checkSeeds(served: ServedTree, isShim: boolean): Promise<Finding[]> {
  return isShim ? checkGuard(served) : checkPlain(served);
}

/** This computer is not a node. */
async function checkGuard({ base, inventory: { nodes } }: ServedTree): Promise<Finding[]> {
  const mac = nodes[0]?.macs[0];
  if (mac === undefined) return [];
  const answer = await askHttp(`${base}/${nodePath(mac, 'user-data')}`, { method: 'HEAD' });
  if (answer?.status === 403 && isOurs(answer))
    return [ok('the files in nodes/ are served only to their own machines')];
  if (answer?.status === 200) return [openToAll('serve without --guard off')];
  const what = answer === null ? 'no answer' : said(answer);
  return [
    fault(`the files in nodes/ are not served (${what})`, 'see what ./homepbp serve says about it'),
  ];
}

/** It has no guard, so this computer must get everything that a node gets. */
async function checkPlain(served: ServedTree): Promise<Finding[]> {
  const macs = served.inventory.nodes.flatMap((node) => node.macs);
  if (macs.length === 0) return [];
  const refused: Refused[] = [];
  const old: string[] = [];
  for (const mac of macs) {
    for (const path of NODE_FILES.map((file) => nodePath(mac, file))) {
      if (!Object.hasOwn(served.manifest, path)) continue;
      const answer = await askHttp(`${served.base}/${path}`, { wantsBody: true });
      const { status = 0 } = answer ?? {};
      if (status !== 200) refused.push({ path, status, what: answer ? said(answer) : 'no answer' });
      // It has the hash of the system in it, and is the same in an export for any URL.
      else if (isScript(path) && !answer?.body.equals(await builtFile(served, path)))
        old.push(path);
    }
  }
  if (refused.length > 0) return [refusedSeeds(refused, served)];
  return [
    ...(old.length > 0 ? [oldScripts(old, served)] : []),
    openToAll('only ./homepbp serve and start have a guard'),
    ...(await checkSecrets(served)),
  ];
}

function isScript(path: string): boolean {
  return path.endsWith(`/${BOOT_SCRIPT}`);
}

function oldScripts(paths: readonly string[], { base }: ServedTree): Finding {
  return fault(
    `${base}/ is from another build than dist/: ${some(paths)}`,
    `export again: ./homepbp export DIR --url ${base}`,
  );
}

interface Refused {
  readonly path: string;
  /** 0 without an answer. */
  readonly status: number;
  readonly what: string;
}

function refusedSeeds(refused: readonly Refused[], served: ServedTree): Finding {
  const what = `machines do not get their files: ${some(refused.map(({ path, what }) => `${path} (${what})`))}`;
  const [{ status } = { status: 0 }] = refused;
  if (status === 401 || status === 403) return fault(what, fixOfRefusal(status, served));
  const again = `export again: ./homepbp export DIR --url ${served.base}`;
  // If it has even the scripts of nodes/, it has the rest.
  const hasScripts = !refused.some(({ path }) => isScript(path));
  return fault(
    what,
    hasScripts
      ? `let the web server send files without an ending, too (for IIS see docs/doctor.md); if they are not there, ${again}`
      : again,
  );
}

function openToAll(fix: string): Finding {
  return note(
    'anyone on this network can read the files in nodes/, including what extra_user_data contains',
    fix,
  );
}

/** What an export adds to the tree for each node (docs/enrolment.md). */
async function checkSecrets(served: ServedTree): Promise<Finding[]> {
  const unread: string[] = [];
  const without: string[] = [];
  for (const { name, macs } of served.inventory.nodes) {
    const [mac = ''] = macs;
    const statuses: number[] = [];
    for (const file of [SEALED_SECRETS, CLEAR_SECRETS]) {
      const url = `${served.base}/${NODES}/${mac}/${file}`;
      statuses.push((await askHttp(url, { method: 'HEAD' }))?.status ?? 0);
    }
    if (statuses.includes(200)) continue;
    if (statuses.some((status) => status === 401 || status === 403)) unread.push(name);
    else without.push(name);
  }
  return [
    ...(unread.length > 0 ? [unreadSecrets(unread, served)] : []),
    ...(without.length > 0 ? [noSecrets(without)] : []),
  ];
}

function unreadSecrets(names: readonly string[], { base }: ServedTree): Finding {
  return fault(
    `${base}/ refuses the ${CLEAR_SECRETS} of ${some(names)}: a node that has no secrets yet cannot join`,
    `let the web server's user read them, such as by chmod 0644 nodes/*/${CLEAR_SECRETS} there; whoever asks that server then gets them (docs/enrolment.md)`,
  );
}

function noSecrets(names: readonly string[]): Finding {
  return note(
    `there are no secrets for ${some(names)}: they join only if they can enrol with ./homepbp serve`,
    'export with ./homepbp export, without --without-secrets; a plain copy of dist/ has none',
  );
}
