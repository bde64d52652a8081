// Programs of the host: run to their end, or kept running with what they say in a transcript.
import { execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { promisify } from 'node:util';
import { Transcript } from './transcript.ts';

const execute = promisify(execFile);

export interface Running {
  readonly pid: number;
  /** Standard output and error. */
  readonly said: Transcript;
  /** Resolves, never rejects, when the program has ended. */
  readonly exited: Promise<void>;
  /** Ends it and what it started (its process group); resolves when it is gone. */
  stop(): Promise<void>;
  /** The same by SIGKILL. */
  kill(): Promise<void>;
  /** Stops it where it is (SIGSTOP): from then on it can only be killed. */
  freeze(): void;
}

/**
 * Runs a program to its end and gives its standard output.
 * @throws when it fails or takes longer than `seconds`; the message holds what it said
 */
export async function runProgram(
  words: readonly string[],
  { seconds = 30, env = {} }: { seconds?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const [program = '', ...args] = words;
  const options = {
    timeout: seconds * 1000,
    killSignal: 'SIGKILL',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...env },
  } as const;
  const done = await execute(program, args, options).catch((cause) => {
    const said = `${cause.stdout ?? ''}${cause.stderr ?? ''}`.trim() || cause.message;
    throw new Error(`${words.join(' ')}: failed\n${said}`, { cause });
  });
  return done.stdout;
}

/**
 * Starts a program whose output goes to `log` (a file) and to the transcript. It gets a process
 * group of its own, so that Ctrl-C in the terminal leaves the order of ending things to us.
 */
export function startProgram(name: string, words: readonly string[], log: string): Running {
  const [program = '', ...args] = words;
  const said = new Transcript(name);
  const file = createWriteStream(log);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      file.write(chunk);
      said.append(chunk);
    });
  }
  const exited = new Promise<void>((resolve) => {
    child.on('error', (error) => file.end(() => resolve(said.end(error.message))));
    child.on('close', (code, signal) => file.end(() => resolve(said.end(String(code ?? signal)))));
  });
  const pid = child.pid ?? 0;
  return {
    pid,
    said,
    exited,
    stop: () => stopGroup(pid, exited),
    kill: () => killGroup(pid, exited),
    freeze: () => signalGroup(pid, 'SIGSTOP'),
  };
}

async function stopGroup(pid: number, exited: Promise<void>): Promise<void> {
  if (pid === 0) return;
  signalGroup(pid, 'SIGTERM');
  const hard = setTimeout(() => signalGroup(pid, 'SIGKILL'), 5000);
  await exited;
  clearTimeout(hard);
}

async function killGroup(pid: number, exited: Promise<void>): Promise<void> {
  if (pid === 0) return;
  signalGroup(pid, 'SIGKILL');
  await exited;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
