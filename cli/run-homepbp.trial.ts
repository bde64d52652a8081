// For tests: a command as users run it, in the process of the test.
import { runCommand } from './main.ts';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place {
  readonly cwd: string;
  readonly home: string;
}

/** Runs a command to its end, as `inPlace`. */
export function runHomepbp(args: readonly string[], place: Place): Promise<Ran> {
  return inPlace(place, () => runCommand(args));
}

/**
 * Runs `work` without a terminal. npm's variables are removed, since flags are read from them. One at
 * a time: it takes over the process's folder, environment and streams.
 */
export async function inPlace({ cwd, home }: Place, work: () => Promise<number>): Promise<Ran> {
  const [folder, environment] = [process.cwd(), { ...process.env }];
  const [stdout, stderr] = [listenTo(process.stdout), listenTo(process.stderr)];
  const isTTY = process.stdin.isTTY;
  try {
    process.chdir(cwd);
    for (const name of Object.keys(environment)) {
      if (name.startsWith('npm_')) delete process.env[name];
    }
    // In place: os.homedir() reads the process's own.
    process.env.HOME = home;
    process.stdin.isTTY = false;
    const status = await work();
    return { status, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.stdin.isTTY = isTTY;
    Object.assign(process.env, environment);
    process.chdir(folder);
    for (const stream of [stdout, stderr]) stream.release();
  }
}

/** Captures text that is written to a stream; the test runner writes bytes, not text. */
function listenTo(stream: NodeJS.WriteStream) {
  const { write, isTTY } = stream;
  let text = '';
  stream.isTTY = false;
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    if (typeof chunk !== 'string') return Reflect.apply(write, stream, [chunk, ...rest]);
    text += chunk;
    const done = rest.at(-1);
    if (typeof done === 'function') process.nextTick(done);
    return true;
  };
  return {
    text: () => text,
    release() {
      Object.assign(stream, { write, isTTY });
    },
  };
}
