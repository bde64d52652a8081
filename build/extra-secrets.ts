// What in `extra_user_data` looks like a secret. User-data goes over the network in the clear, and to whoever has
// the node's MAC address; a guess is enough for a warning, but must not cry wolf.

export interface Suspect {
  /** One-based. */
  readonly line: number;
  /** What it looks like, for people. */
  readonly what: string;
}

/** One for each line that looks as if it held a secret; never shows it. */
export function suspectsIn(text: string): Suspect[] {
  const lines = text.split('\n').map((line) => line.slice(0, MAX_LINE));
  return lines.flatMap((line, index) => {
    const what = markedSecret(line) ?? assignedSecret(line) ?? loginOf(lines, index);
    return what === null ? [] : [{ line: index + 1, what }];
  });
}

/** Characters; a longer line is data, and the patterns below would take long. */
const MAX_LINE = 4096;

/** What is a secret wherever it stands, even in a comment. */
const MARKS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----|AGE-SECRET-KEY-1/],
  ["k3s' token", /\bK10[0-9a-f]{8,}::\w+:\S/],
  ['an access token', /\b(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|tskey-|hvs\.)[\w-]{12,}/],
  ['an access token', /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/],
  ['an access key', /\bAKIA[0-9A-Z]{16}\b/],
  ['a password in a URL', /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@"']*:[^\s/@"'$<{]+@/i],
  ['an access token', /\bauthorization:\s*(basic|bearer)\s+[^\s"'$<{]{8,}/i],
];

function markedSecret(line: string): string | null {
  const mark = MARKS.find(([, pattern]) => pattern.test(line));
  if (mark !== undefined) return mark[0];
  // `encoding: b64` of write_files.
  const [encoded] = /LS0tLS1CRUdJTi[A-Za-z0-9+/]+/.exec(line) ?? [];
  const isKey =
    encoded !== undefined && /PRIVATE KEY/.test(Buffer.from(encoded, 'base64').toString());
  return isKey ? 'a private key' : null;
}

const NAMES =
  '(?:pass(?:wd|word|phrase)|token|secret|psk|pre-?shared-?key|(?:api|access|auth|private|secret)[_-]?key)';
/** `password: x`, `K3S_TOKEN=x`, `"secret":"x"`, `PrivateKey = x`. */
const ASSIGNED = new RegExp(
  `(?:^|[\\s{,;("'&?-])([\\w.-]*${NAMES})["']?(?::\\s+|:(?=["'])|\\s*=\\s*)["']?([^\\s"',;})&]+)`,
  'gi',
);
/** `--token x`. */
const FLAG = new RegExp(`--([\\w-]*${NAMES})\\s+["']?([^\\s"'-][^\\s"']*)`, 'gi');
/** `curl -u name:x`. */
const LOGIN_FLAG = /\bcurl\b.*\s(?:-u|--user)[\s=]*["']?[\w.@-]+:([^\s"']+)/g;

function assignedSecret(line: string): string | null {
  if (/^\s*(#|\/\/)/.test(line)) return null;
  const [name] = [...line.matchAll(ASSIGNED), ...line.matchAll(FLAG)]
    .filter(([, , value = '']) => isClear(value))
    .map(([, name = '']) => name.toLowerCase());
  if (name !== undefined) return whatIs(name, line);
  const logins = [...line.matchAll(LOGIN_FLAG)];
  return logins.some(([, value = '']) => isClear(value)) ? 'a password in the clear' : null;
}

function whatIs(name: string, line: string): string {
  if (/^(k3s_(agent_)?|agent-)token$/.test(name) || (/token$/.test(name) && /\bk3s\b/.test(line)))
    return "k3s' token";
  if (/token$/.test(name)) return 'a token';
  if (/pass(wd|word|phrase)$/.test(name)) return 'a password in the clear';
  return 'a secret';
}

/**
 * Not a hash (`$6$…`), a variable, a placeholder, a path, a switch, a locked account (`!`, `*`), or a password that
 * cloud-init makes itself (`R`, `RANDOM`).
 */
function isClear(value: string): boolean {
  if (value.length < 4 || /^([$`%<{[|>!*&~/]|\.{1,2}\/|file:)/.test(value)) return false;
  return !/^(true|false|yes|no|null|none|random)$/i.test(value);
}

/** `name:password` for chpasswd: on its own line, or on a line of the list that follows. */
function loginOf(lines: readonly string[], index: number): string | null {
  const line = lines[index] ?? '';
  const isHere = /\bchpasswd\b/.test(line);
  if (!isHere && !isBelowChpasswd(lines, index)) return null;
  const [, value = ''] = (isHere ? ANY_LOGIN : LOGIN).exec(line) ?? [];
  return isClear(value) ? 'a password in the clear' : null;
}

const LOGIN = /^\s*(?:-\s*)?["']?[a-z_][\w-]*:([^\s"']+)["']?\s*$/;
const ANY_LOGIN = /["'\s][a-z_][\w-]*:([^\s"'|]+)/;
/** What stands between `chpasswd` and a login. */
const BETWEEN = /^\s*((list|expire|users):.*|#.*)?$/;

function isBelowChpasswd(lines: readonly string[], index: number): boolean {
  for (let above = index - 1; above >= 0; above -= 1) {
    const line = lines[above] ?? '';
    if (/\bchpasswd\b/.test(line)) return true;
    if (!LOGIN.test(line) && !BETWEEN.test(line)) return false;
  }
  return false;
}
