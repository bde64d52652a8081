// HTTP as iPXE uses it: the boot script of this very build, and nothing for a name that is not there.
import { extname } from 'node:path';
import { ABSENT_SCRIPT, BOOT_SCRIPT } from '../../contract/paths.ts';
import { type Answer, askHttp } from './ask-http.ts';
import { baseInScript } from './built-tree.ts';
import { type Finding, fault, note, ok } from './finding.ts';
import { checkImages } from './images.ts';
import { fixOfRefusal } from './may-not-read.ts';
import { checkSeeds } from './seeds.ts';
import { builtFile, isOurs, type ServedTree, said } from './served-tree.ts';

/** What a web server certainly knows how to serve: the page. */
const PAGE = 'index.html';

/** Whether a machine gets from this server what the build made. */
export async function checkHttp(served: ServedTree): Promise<Finding[]> {
  const { base } = served;
  const script = await askHttp(`${base}/${BOOT_SCRIPT}`, { wantsBody: true });
  if (script === null) return [noAnswer(served)];
  if (script.leadsTo !== null) return [endsElsewhere(base, script.leadsTo)];
  if (!(await isAsBuilt(script, served))) return [await whyNotBuilt(script, served)];
  const absent = await askHttp(`${base}/${ABSENT_SCRIPT}`);
  return [
    ok(`${base}/${BOOT_SCRIPT} is from this build`),
    ...judgeMove(script, base),
    ...judgeAbsent(absent, base),
    ...(await checkImages(served)),
    ...(await checkSeeds(served, absent !== null && isOurs(absent))),
  ];
}

function noAnswer({ base, isHere }: ServedTree): Finding {
  const fix = isHere
    ? 'run ./homepbp start (or serve); if it is running, check the firewall on this computer, or give another --host'
    : 'check that the web server there is running, that its firewall lets machines in, and the address that you gave';
  return fault(`no answer from ${base}/`, fix);
}

function endsElsewhere(base: string, to: string): Finding {
  const { protocol } = new URL(to);
  return protocol === 'http:'
    ? fault(
        `${base}/ redirects in circles, last to ${to}`,
        'give the address where the tree itself is',
      )
    : fault(
        `${base}/ redirects to ${protocol.slice(0, -1)} (${to}), which machines cannot follow`,
        "let the web server give this folder over plain http; on a NAS, switch off 'redirect to HTTPS' or HSTS for it, or use a port without it",
      );
}

/** Machines follow it, but each file costs two requests, and links are relative to where it leads. */
function judgeMove({ movedTo }: Answer, base: string): Finding[] {
  if (movedTo === null) return [];
  const to = movedTo.endsWith(`/${BOOT_SCRIPT}`) ? movedTo.slice(0, -BOOT_SCRIPT.length) : movedTo;
  return [note(`${base}/ redirects to ${to}`, 'give machines that address in the first place')];
}

/** An export for another URL than the tree's has that URL in its scripts. */
async function isAsBuilt({ status, body }: Answer, served: ServedTree): Promise<boolean> {
  if (status !== 200) return false;
  if (body.equals(await builtFile(served, BOOT_SCRIPT))) return true;
  return isScript(body) && baseInScript(body.toString()) === served.base;
}

function isScript(body: Buffer): boolean {
  return body.subarray(0, 6).toString() === '#!ipxe';
}

async function whyNotBuilt(script: Answer, served: ServedTree): Promise<Finding> {
  const { base } = served;
  const { status, headers } = script;
  if (status === 401 || status === 403)
    return fault(`${base}/ refuses ${BOOT_SCRIPT} (${said(script)})`, fixOfRefusal(status, served));
  if (status === 200 && headers['content-encoding'] !== undefined)
    return fault(
      `${base}/ sends ${BOOT_SCRIPT} compressed (${headers['content-encoding']}), though no machine asks for that`,
      'switch compression off for this folder of the web server',
    );
  if (status === 404 && (await servesPage(served))) return unknownEnding(base);
  const what = status === 200 ? differs(script) : `has no ${BOOT_SCRIPT} (${said(script)})`;
  return fault(`${base}/ ${what}`, isScript(script.body) ? fixOfOld(served) : fixOfOther(served));
}

function differs({ body }: Answer): string {
  if (!isScript(body)) return `serves something other than ${BOOT_SCRIPT}, such as a web page`;
  const to = baseInScript(body.toString());
  return to === null
    ? `serves the ${BOOT_SCRIPT} of another build`
    : `serves a ${BOOT_SCRIPT} that sends machines to ${to}`;
}

async function servesPage(served: ServedTree): Promise<boolean> {
  const page = await askHttp(`${served.base}/${PAGE}`, { wantsBody: true });
  return page?.status === 200 && page.body.equals(await builtFile(served, PAGE));
}

function unknownEnding(base: string): Finding {
  return fault(
    `${base}/ has the tree, but does not serve ${extname(BOOT_SCRIPT)} files (HTTP 404)`,
    'let the web server send files of every name, as application/octet-stream; for IIS see docs/doctor.md',
  );
}

function fixOfOld({ base, isHere }: ServedTree): string {
  const again = `export again: ./homepbp export DIR --url ${base}`;
  return isHere ? `serve this dist/ there, or ${again}` : again;
}

function fixOfOther({ base, isHere }: ServedTree): string {
  const { port } = new URL(base);
  return isHere
    ? `find the program on that port with sudo ss -ltnp sport = :${port || 80} and stop it, or build with another genesis.http_port`
    : `check that this is the folder that ./homepbp export wrote, and export again: ./homepbp export DIR --url ${base}`;
}

/** On BIOS, our scripts run nothing from a server that has a page for every name. */
function judgeAbsent(answer: Answer | null, base: string): Finding[] {
  if (answer === null || answer.status >= 400) return [];
  return [
    fault(
      `${base}/ serves a page for every name, even ${ABSENT_SCRIPT} (HTTP ${answer.status}): BIOS machines boot from their own disk`,
      'make the web server answer 404 for files that it does not have',
    ),
  ];
}
