// Somebody with a clone: a project of a user who is not root, in a network where a machine can boot.
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lan } from '../lan.ts';
import { type Running, runProgram, startProgram } from '../program.ts';
import { RUN_PREFIX, type Scene } from '../scene.ts';
import { makePerson } from '../ssh.ts';
import { ROOT } from './readme.ts';

const NAME = 'newcomer';
/** Nobody's of this host. */
const UID = 41_998;
const SUDO = { SUDO_UID: String(UID), SUDO_GID: String(UID), SUDO_USER: NAME };
/** What a clone does not have, and what only tests use. */
const LEFT_OUT =
  /^(\.git|\.cache|dist|media|secrets|state|node_modules\/(\.cache|playwright-core))$/;
const PATIENCE = 300;

export interface User {
  /** The clone. */
  readonly project: string;
  /** The ssh command with this user's key. */
  readonly ssh: string;
  /** Runs a shell command in the clone; gives what it wrote. @throws when it fails */
  run(command: string): Promise<string>;
  /** Starts one by sudo; it ends when the scene closes. */
  sudo(command: string): Running;
}

/** Makes the clone, with what `npm ci` installs, and a key in ~/.ssh. */
export async function openUser(scene: Scene, lan: Lan): Promise<User> {
  const home = await mkdtemp(join(tmpdir(), `${RUN_PREFIX}${process.pid}-home-`));
  scene.defer(() => rm(home, { recursive: true, force: true }));
  const ssh = await fillHome(scene, lan, home);
  const project = join(home, 'homepbp');
  const passwd = join(scene.scratch, 'passwd');
  const line = `${NAME}:x:${UID}:${UID}::${home}:/bin/sh\n`;
  await writeFile(passwd, (await readFile('/etc/passwd', 'utf8')) + line);
  // The mounts are of this program alone: ip netns gives it a namespace for them.
  const known = `mount --bind ${passwd} /etc/passwd && cd ${project} && exec "$@"`;
  // Not what npm and the shell of the tests have set.
  const env = ['env', '-i', `PATH=${process.env.PATH}`, `HOME=${home}`];
  const inside = (words: readonly string[]) =>
    lan.inside(['sh', '-c', known, 'sh', ...env, ...words]);
  const become = ['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups'];
  const sudo = Object.entries(SUDO).map(([name, value]) => `${name}=${value}`);
  return {
    project,
    ssh,
    run: (command) => runProgram(inside([...become, 'sh', '-c', command]), { seconds: PATIENCE }),
    sudo(command) {
      const log = join(scene.logs, 'sudo.log');
      const running = startProgram(command, inside([...sudo, 'sh', '-c', `exec ${command}`]), log);
      scene.defer(() => running.stop());
      return running;
    },
  };
}

/** @returns the ssh command with the key */
async function fillHome(scene: Scene, lan: Lan, home: string): Promise<string> {
  await cp(ROOT, join(home, 'homepbp'), { recursive: true, filter: isInClone });
  const { ssh, publicKey } = await makePerson(scene, lan);
  const key = publicKey.replace(/\.pub$/, '');
  const ours = join(home, '.ssh/id_ed25519');
  await mkdir(join(home, '.ssh'));
  await cp(key, ours);
  await cp(publicKey, `${ours}.pub`);
  await chmod(home, 0o755);
  await runProgram(['chown', '-R', `${UID}:${UID}`, home], { seconds: 60 });
  return ssh.join(' ').replace(key, ours);
}

function isInClone(path: string): boolean {
  return !LEFT_OUT.test(path.slice(ROOT.length + 1));
}
