// The commands that scripts of ours have, and what each does to a run (ipxe.org/cmd).
import type { IpxeRun } from './ipxe.ts';
import type { Call } from './ipxe-line.ts';

/** Whether a command succeeded; `stop`: the line, or the script, goes on elsewhere. */
export type Status = boolean | 'stop';

/** The name of a setting, without the type that may stand behind it. */
export function withoutType(name: string): string {
  return name.replace(/:.*$/, '');
}

export const COMMANDS: Readonly<Record<string, (run: IpxeRun, call: Call) => Status>> = {
  boot: (run) => run.kernel !== null && run.stop({ kind: 'kernel', words: run.kernel }),
  chain: (run, call) => run.exec(call),
  dhcp: (run) => run.dhcp(),
  echo: (run, { rest }) => run.console.push(rest.join(' ')) > 0,
  exit: (run, { first }) => {
    run.exited = Number(first);
    return 'stop';
  },
  goto: (run, { first }) => run.goto(first),
  imgexec: (run, call) => run.exec(call),
  imgfetch: (run, { first, timeout, options }) =>
    run.imgfetch(first, timeout, options.get('--name') ?? ''),
  imgfree: (run) => {
    run.kernel = null;
    run.images = [];
    return true;
  },
  inc: (run, { first }) => run.set(first, String(Number(run.settings.get(first) ?? 0) + 1)),
  initrd: (run, { first, timeout }) => run.fetch('initrd', first, timeout) !== null,
  iseq: (_, { first, rest }) => first === (rest[1] ?? ''),
  isset: (_, { first }) => first !== '',
  kernel: (run, { first, rest, timeout }) => {
    if (run.fetch('kernel', first, timeout) === null) return false;
    run.kernel = rest.slice(1);
    return true;
  },
  // Not every disk has the label, nor does every iPXE know the option: then this fails.
  sanboot: (run, { options }) =>
    !options.has('--label') && run.stop({ kind: 'sanboot', drive: options.get('--drive') ?? '' }),
  set: (run, { first, rest }) => run.set(withoutType(first), rest.slice(1).join(' ')),
  sleep: (run, { first }) => {
    run.seconds += Number(first);
    return true;
  },
};
