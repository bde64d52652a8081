// A person's way into a test machine: a key of their own, and commands by ssh.
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { NODE } from './inventory.ts';
import type { Lan } from './lan.ts';
import { runProgram } from './program.ts';
import type { Scene } from './scene.ts';

export interface Person {
  /** File with the public key, for `ssh_keys` of a node. */
  readonly publicKey: string;
  /** The ssh command with all that it needs but whom to ask. */
  readonly ssh: readonly string[];
  /**
   * Runs a command line on the node and gives what it wrote; asks again while nobody listens.
   * @throws when it fails, or nobody lets the person in for `seconds`
   */
  run(command: string, seconds?: number): Promise<string>;
}

/** Makes a key pair in the scene's folder. */
export async function makePerson(scene: Scene, lan: Lan): Promise<Person> {
  const key = join(scene.scratch, 'person');
  await runProgram(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const address = NODE.ip.replace(/\/\d+$/, '');
  const options = ['BatchMode=yes', 'ConnectTimeout=10', 'StrictHostKeyChecking=no'];
  const ssh = [
    ...['ssh', '-q', '-F', '/dev/null', '-i', key, '-o', 'UserKnownHostsFile=/dev/null'],
    ...options.flatMap((option) => ['-o', option]),
  ];
  const words = [...ssh, `ubuntu@${address}`];
  return {
    publicKey: `${key}.pub`,
    ssh,
    async run(command, seconds = 180) {
      const end = performance.now() + seconds * 1000;
      while (!(await letsIn(lan, words)) && performance.now() < end) await wait(1000);
      return runProgram(lan.inside([...words, command]), { seconds });
    },
  };
}

async function letsIn(lan: Lan, words: readonly string[]): Promise<boolean> {
  return runProgram(lan.inside([...words, 'true']), { seconds: 60 }).then(
    () => true,
    () => false,
  );
}
