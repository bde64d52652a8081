// The large files: each is there, by its length. That finds a proxy's error page, a partial copy, a dangling
// link, and a server that packs or unpacks what it sends.
import { basename, extname } from 'node:path';
import { type Answer, askHttp } from './ask-http.ts';
import { type Finding, fault, note, ok } from './finding.ts';
import { fixOfRefusal } from './may-not-read.ts';
import { type ServedTree, said, some } from './served-tree.ts';

interface Image {
  /** In dist/. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** What a server says of an image; null: nothing. */
type Asked = Image & { readonly answer: Answer | null };

/** Asks for the length of each image that the tree has. */
export async function checkImages(served: ServedTree): Promise<Finding[]> {
  const asked: Asked[] = [];
  for (const [path, { size }] of Object.entries(served.manifest)) {
    if (!/^(os|k3s)\//.test(path)) continue;
    asked.push({ path, size, answer: await askForLength(`${served.base}/${encodePath(path)}`) });
  }
  return judgeImages(asked, served);
}

/** As encodeURIComponent, step by step: a plus sign is data, not a space. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Some servers refuse HEAD, or answer it without the length that they give for GET. */
async function askForLength(url: string): Promise<Answer | null> {
  const head = await askHttp(url, { method: 'HEAD' });
  const tells = head?.status === 200 && head.headers['content-length'] !== undefined;
  return tells ? head : askHttp(url);
}

/** Pure. */
export function judgeImages(
  asked: readonly Asked[],
  served: Pick<ServedTree, 'isHere'>,
): Finding[] {
  const missing = asked.filter(({ answer }) => answer?.status !== 200);
  const sent = asked.filter(({ answer }) => answer?.status === 200);
  const wrong = sent.filter((one) => faultOf(one) !== null);
  const untold = sent.filter((one) => faultOf(one) === null && lengthOf(one) === null);
  const findings = [
    ...(missing.length > 0 ? [judgeMissing(missing, sent, served)] : []),
    ...(wrong.length > 0 ? [judgeWrong(wrong, served)] : []),
    ...(untold.length > 0 ? [judgeUntold(untold)] : []),
  ];
  if (findings.length > 0 || asked.length === 0) return findings;
  return [ok(`${asked.length} images are served, each with the right size`)];
}

function lengthOf({ answer }: Asked): string | null {
  return answer?.headers['content-length'] ?? null;
}

function faultOf(asked: Asked): string | null {
  const { size, answer } = asked;
  const coding = answer?.headers['content-encoding'];
  const length = lengthOf(asked);
  const isRight = length === null ? coding === undefined : length === String(size);
  if (isRight) return null;
  return coding === undefined ? 'wrong size' : `packed as ${coding}`;
}

function judgeMissing(
  missing: readonly Asked[],
  sent: readonly Asked[],
  served: Pick<ServedTree, 'isHere'>,
): Finding {
  const names = missing.map(
    ({ path, answer }) => `${path} (${answer ? said(answer) : 'no answer'})`,
  );
  const what = `not served as built: ${some(names)}`;
  const statuses = [...new Set(missing.map(({ answer }) => answer?.status ?? 0))];
  const [status = 0] = statuses;
  if (statuses.length === 1 && (status === 401 || status === 403))
    return fault(what, fixOfRefusal(status, served));
  const endings = [...new Set(missing.map(endingOf))];
  const isByEnding =
    statuses.length === 1 && status === 404 && !sent.some((one) => endings.includes(endingOf(one)));
  return fault(what, isByEnding && sent.length > 0 ? fixOfEndings(endings) : AGAIN);
}

const AGAIN = 'run ./homepbp build (or export) again, and check that media/ has not moved';

/** Empty for `vmlinuz` and the like. */
function endingOf({ path }: Image): string {
  return extname(basename(path));
}

function fixOfEndings(endings: readonly string[]): string {
  const named = endings.map((ending) => ending || 'without an ending').join(', ');
  return `if they are there, the web server does not serve such names (${named}): let it send files of every name; for IIS see docs/doctor.md. Otherwise export again`;
}

function judgeWrong(wrong: readonly Asked[], { isHere }: Pick<ServedTree, 'isHere'>): Finding {
  const what = some(wrong.map((one) => `${one.path} (${faultOf(one)})`));
  const isPacked = wrong.some(({ answer }) => answer?.headers['content-encoding'] !== undefined);
  const packed = 'switch compression off for this folder of the web server';
  const again = isHere ? AGAIN : 'export again: ./homepbp export DIR --url URL';
  return fault(`not served as built: ${what}`, isPacked ? packed : again);
}

function judgeUntold(untold: readonly Asked[]): Finding {
  return note(
    `sent without a length, so that neither doctor nor a machine sees whether they are whole before the end: ${some(untold.map(({ path }) => path))}`,
    'serve them as plain files, without compression or a script in between',
  );
}
