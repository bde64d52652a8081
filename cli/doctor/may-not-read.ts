// How to fix that a web server may not read files that are there.
import { readFileSync } from 'node:fs';
import type { ServedTree } from './served-tree.ts';

const LABEL =
  'SELinux on this computer is enforcing: label the folder for web servers with sudo chcon -R -t httpd_sys_content_t FOLDER';
const READ =
  "let the web server's user read the files: chmod -R a+rX FOLDER on the server, or copy with ./homepbp export";
const ELSEWHERE = '; where SELinux is enforcing, it must be labelled as well (docs/doctor.md)';

/** For an answer of 401 or 403. */
export function fixOfRefusal(
  status: number,
  { isHere }: Pick<ServedTree, 'isHere'>,
  enforces: () => boolean = isEnforcing,
): string {
  if (status === 401)
    return 'let the web server give this folder to everybody: machines have no password';
  if (!isHere) return READ + ELSEWHERE;
  return enforces() ? `${LABEL}; ${READ}` : READ;
}

/** Whether SELinux on this computer confines programs. */
function isEnforcing(): boolean {
  try {
    return readFileSync('/sys/fs/selinux/enforce', 'utf8').trim() === '1';
  } catch {
    return false;
  }
}
