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
   * Runs a command line on the node and gives what it wrote; retries while nothing listens.
   * @throws when it fails, or nobody lets the person in for `seconds`
   */
  run(command: string, seconds?: number): Promise<string>;
}

/** Makes a key pair in the scene's folder. */
export async function makePerson(scene: Scene, lan: Lan): Promise<Person> {
  await runProgram(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', keyIn(scene)]);
  return samePerson(scene, lan);
}

const keyIn = (scene: Scene) => join(scene.scratch, 'person');

/** The person whose key pair is in the scene's folder. */
export function samePerson(scene: Scene, lan: Lan): Person {
  const key = keyIn(scene);
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
      const line = lan.inside([...words, `echo ${REACHED}; ${command}`]);
      for (;;) {
        try {
          return (await runProgram(line, { seconds })).replace(`${REACHED}\n`, '');
        } catch (error) {
          if (wasReached(error) || performance.now() > end) throw error;
        }
        await wait(1000);
      }
    },
  };
}

/** The node's first word: until it has come, nothing of the command was run. */
const REACHED = 'e2e-reached';

/** A server that just answered may be restarted: cloud-init does that once it has configured it. */
function wasReached(error: unknown): boolean {
  const { cause } = error as { cause?: { stdout?: string } };
  return cause?.stdout?.includes(REACHED) ?? false;
}
