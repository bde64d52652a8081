// For tests: commands as root, on a computer of their own: its users, its ports, its folder. In a mount
// and a network namespace, so that nothing of the real one is touched.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

export const REPOSITORY = join(import.meta.dirname, '../..');

export const skip = process.getuid?.() !== 0 || process.platform !== 'linux';

/** The user of the trial, who is in no real computer's database. */
export const ANNA = { name: 'anna', uid: 41_001, gid: 41_002, groups: [41_003, 41_004] } as const;

export const NODE = '52-54-00-12-34-01';

/** dist/inventory.json with one node. */
export const INVENTORY = {
  version: 1,
  httpPort: 8080,
  cluster: 'c',
  founding: { epoch: 1, servers: ['first'], founded: false },
  nodes: [
    { name: 'first', macs: [NODE], arch: 'amd64', role: 'server', boot: 'live', os: '20.04-amd64' },
  ],
};

const PASSWD = `root:x:0:0:root:/root:/bin/sh\nanna:x:${ANNA.uid}:${ANNA.gid}::@HOME@:/bin/sh\n`;
const GROUP = `root:x:0:\nanna:x:${ANNA.gid}:\nlab:x:${ANNA.groups[0]}:anna\nboot:x:${ANNA.groups[1]}:anna\n`;

/** Its own users and loopback; the repository where everybody may read it. */
const ENTER = `set -e
mount --bind "$T/passwd" /etc/passwd; mount --bind "$T/group" /etc/group
mount --bind "$R" "$T/homepbp"; ip link set lo up
cd "$T/project"; exec "$@"`;

export interface Started {
  readonly child: ChildProcess;
  /** Everything that it has said; the stream of each. */
  readonly said: { out: string; err: string };
  /** Resolves once standard output matches; rejects when it ends without. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  /** The exit status. */
  readonly exit: Promise<number | null>;
}

export interface Trial {
  /** All of the trial: passwd, group, project/, home/. */
  readonly folder: string;
  /** Anna's folder, where commands run. */
  readonly project: string;
  readonly home: string;
  /** The launcher, as commands see it. */
  readonly homepbp: string;
  /** Makes a file of the project, of anna's unless the owner is said. */
  write(path: string, content: string, mode?: number, owner?: number): void;
  /** Starts a program as root there. */
  start(words: readonly string[], env?: NodeJS.ProcessEnv): Started;
  /** The processes of a command, itself included; how each of them runs. */
  processes(started: Started): { pid: number; command: string; uids: number[] }[];
  /** The output of a program where another one runs, as root. */
  beside(started: Started, words: readonly string[]): string;
}

export function openTrial(t: TestContext): Trial {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-root-'));
  t.after(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  const [project, home] = ['project', 'home', 'homepbp'].map((name) => {
    mkdirSync(join(folder, name));
    if (name !== 'homepbp') chownSync(join(folder, name), ANNA.uid, ANNA.gid);
    return join(folder, name);
  }) as [string, string];
  writeFileSync(join(folder, 'passwd'), PASSWD.replace('@HOME@', home));
  writeFileSync(join(folder, 'group'), GROUP);
  return {
    folder,
    project,
    home,
    homepbp: join(folder, 'homepbp/homepbp'),
    write: (path, content, mode = 0o644, owner = ANNA.uid) => {
      const whole = join(project, path);
      makeFolders(dirname(whole));
      writeFileSync(whole, content, { mode });
      chownSync(whole, owner, owner);
    },
    start: (words, env = {}) => startInside(t, folder, words, env),
    processes: ({ child }) => processesIn(`/proc/${child.pid}/ns/mnt`),
    beside: ({ child }, words) =>
      execFileSync('nsenter', ['-t', String(child.pid), '-m', '-n', ...words], {
        encoding: 'utf8',
        timeout: 20_000,
      }),
  };
}

/** All processes of a mount namespace. */
function processesIn(namespace: string) {
  const wanted = readlinkSync(namespace);
  return readdirSync('/proc').flatMap((name) => {
    try {
      if (!/^\d+$/.test(name) || readlinkSync(`/proc/${name}/ns/mnt`) !== wanted) return [];
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      const uids = /^Uid:\s*(.*)$/m.exec(status)?.[1]?.split(/\s+/).map(Number) ?? [];
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(name), command, uids }];
    } catch {
      return []; // it has just ended
    }
  });
}

function makeFolders(path: string) {
  const first = mkdirSync(path, { recursive: true });
  if (first !== undefined) execFileSync('chown', ['-R', `${ANNA.uid}:${ANNA.gid}`, first]);
}

function startInside(
  t: TestContext,
  folder: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Started {
  const inside = ['-m', '-n', 'sh', '-c', ENTER, 'sh', ...words];
  const child = spawn('unshare', inside, {
    // As sudo leaves it: no variables of npm's, a short PATH.
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      T: folder,
      R: REPOSITORY,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.err += chunk;
  });
  const exit = once(child, 'close').then(([code]) => code as number | null);
  t.after(() => {
    child.kill('SIGTERM');
    return exit;
  });
  const prints = async (pattern: RegExp) => {
    for (;;) {
      const found = pattern.exec(said.out);
      if (found !== null) return found;
      const more = once(child.stdout, 'data').then(() => true);
      if (!(await Promise.race([more, exit.then(() => false)]))) {
        throw new Error(`ended without ${pattern}: ${said.out}${said.err}`);
      }
    }
  };
  return { child, said, prints, exit };
}
