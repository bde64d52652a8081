// Asks a server for its kubeconfig over ssh, as a user whose key is in `ssh.keys`.
import { spawn } from 'node:child_process';
import { loadAll, YAMLException } from 'js-yaml';
import { z } from 'zod';
import { type Kubeconfig, kubeconfigSchema } from './for-cluster.ts';

export interface Key {
  readonly config: Kubeconfig;
  /** The epoch of the founding that the server belongs to; null if it does not say. */
  readonly epoch: number | null;
}

export type KeyAnswer = Key | { readonly refusal: string };

/** k3s' own file, and what the node remembers of its cluster (payload/join/shell/paths.py). */
const COMMAND =
  'sudo -n cat /etc/rancher/k3s/k3s.yaml && echo && echo --- && sudo -n cat /var/lib/homepbp/member.json';

/** A person may have to type a passphrase. */
const WAIT_MS = 120_000;
const MAX_BYTES = 256 * 1024;

const memberSchema = z.object({ epoch: z.int().positive() });

/**
 * @param address IP address
 * @param options.ssh the command, as a shell reads it: `ssh -i FILE`
 */
export async function askServer(
  address: string,
  { ssh, user }: { readonly ssh: string; readonly user: string },
): Promise<KeyAnswer> {
  const words = ['-o', 'ConnectTimeout=10', '-l', user, '--', address, COMMAND];
  const { text, fault } = await runShell(`${ssh} "$@"`, words);
  return fault === null ? read(text) : { refusal: fault };
}

/** Its whole output, and why it failed (its last line of stderr) or null. Prompts go to the terminal. */
function runShell(line: string, words: readonly string[]) {
  return new Promise<{ text: string; fault: string | null }>((resolve) => {
    const child = spawn('sh', ['-c', line, 'sh', ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: WAIT_MS,
    });
    let text = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.length > MAX_BYTES) child.kill();
    });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      said = (said + piece).slice(-4096);
    });
    child.on('error', ({ message }) => resolve({ text, fault: message }));
    child.on('close', (status, signal) => {
      // It may have ended by itself before it was stopped.
      if (text.length > MAX_BYTES) return resolve({ text, fault: 'its answer is too long' });
      const last = said.trim().split('\n').at(-1)?.trim();
      const failed = signal === null ? `exit status ${status}` : `killed by ${signal}`;
      resolve({ text, fault: status === 0 ? null : last || failed });
    });
  });
}

function read(text: string): KeyAnswer {
  let documents: unknown[];
  try {
    documents = loadAll(text) as unknown[];
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return { refusal: `its answer is not valid YAML (${error.reason})` };
  }
  const config = kubeconfigSchema.safeParse(documents[0]);
  if (!config.success) {
    const where = config.error.issues.map(({ path }) => path.join('.')).join(', ');
    return { refusal: `its answer is not a k3s kubeconfig: ${where || 'not a mapping'}` };
  }
  const member = memberSchema.safeParse(documents[1]);
  return { config: config.data, epoch: member.success ? member.data.epoch : null };
}
