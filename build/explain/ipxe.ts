// Runs rendered iPXE scripts as a machine would: the commands that our scripts use, with iPXE's rules
// for settings, labels, && and || (ipxe.org/scripting, src/core/exec.c).
import { isCommand } from '../ipxe/commands.ts';
import { type Call, parseCall, splitLine } from '../ipxe/line.ts';
import { resolveUri } from '../ipxe/uri.ts';
import { closeCards, isOnline, openCard } from './ipxe-cards.ts';
import { EFFECTS, type Status, withoutType } from './ipxe-commands.ts';

/** A machine that runs iPXE, and what it can reach. */
export interface IpxeMachine {
  /** Initial settings, named as in `${…}`, with or without a type. */
  readonly settings: Readonly<Record<string, string>>;
  /** What `dhcp` adds to them. */
  readonly lease: Readonly<Record<string, string>>;
  /** How many times `dhcp` gets no answer first; default: 0. */
  readonly silences?: number;
  /** The contents of a URL: a script's text, any other text for other files, null for nothing. */
  readonly get: (url: string) => string | null;
}

export interface IpxeFetch {
  readonly command: 'chain' | 'imgfetch' | 'kernel' | 'initrd' | 'dhcp';
  /** Absolute; empty for `dhcp`. */
  readonly url: string;
  readonly found: boolean;
}

/**
 * How a script ends: it boots the kernel, boots from disk, or exits. On BIOS it may run a file that is
 * not a script as a boot program, which never returns.
 */
export type IpxeEnd =
  | { readonly kind: 'kernel'; readonly words: readonly string[] }
  | { readonly kind: 'boot program'; readonly url: string }
  | { readonly kind: 'sanboot'; readonly drive: string }
  | { readonly kind: 'exit'; readonly status: number };

export interface IpxeWalk {
  /** In order, including retries. */
  readonly fetches: readonly IpxeFetch[];
  /** What `echo` wrote. */
  readonly console: readonly string[];
  /** Seconds of `sleep`, and of `--timeout` without an answer. */
  readonly seconds: number;
  readonly end: IpxeEnd;
}

/** How long `dhcp` takes without an answer: iPXE's config/dhcp.h, 1 + 2 + 4 + 8. */
const DHCP_SECONDS = 15;

/** Commands that one walk may run; our scripts need far fewer, an endless loop more. */
const MAX_COMMANDS = 2000;

/**
 * Runs the script at a URL to its end.
 * @throws {Error} when it has a command that our scripts never use, or does not end
 */
export function walkIpxe(url: string, machine: IpxeMachine): IpxeWalk {
  const run = new IpxeRun(machine);
  return run.walk(url);
}

interface Image {
  readonly name: string;
  readonly url: string;
  readonly text: string;
}

/** A run in progress: its position and state. */
export class IpxeRun {
  readonly machine: IpxeMachine;
  readonly settings: Map<string, string>;
  readonly fetches: IpxeFetch[] = [];
  readonly console: string[] = [];
  seconds = 0;
  uri = '';
  lines: readonly string[] = [];
  line = 0;
  kernel: readonly string[] | null = null;
  /** What `imgfetch` got, in order. */
  images: readonly Image[] = [];
  end: IpxeEnd | null = null;
  /** The exit status of the script that ran `exit`. */
  exited: number | null = null;
  commands = 0;
  /** How many times `dhcp` asked. */
  asked = 0;

  constructor(machine: IpxeMachine) {
    this.machine = machine;
    this.settings = new Map(Object.entries(machine.settings));
  }

  walk(url: string): IpxeWalk {
    const text = this.machine.get(url);
    if (text === null) throw new Error(`no script at ${url}`);
    this.fetches.push({ command: 'chain', url, found: true });
    this.begin(url, text);
    const status = this.runScript();
    const end = this.end ?? { kind: 'exit', status };
    const { fetches, console, seconds } = this;
    return { fetches, console, seconds, end };
  }

  /** Runs the script that is loaded, or its replacement, until it ends. @returns its status */
  runScript(): number {
    while (this.end === null) {
      if (this.commands++ === MAX_COMMANDS)
        throw new Error(`the script at ${this.uri} does not end`);
      const text = this.lines[this.line];
      this.line += 1;
      if (text === undefined) return 0;
      const status = /^(#|:|\s*$)/.test(text) || this.runLine(text);
      if (this.exited !== null) return this.takeExited(this.exited);
      if (!status) return 1;
    }
    return 0;
  }

  takeExited(status: number): number {
    this.exited = null;
    return status;
  }

  /** `a && b || c`: each command runs or not by the status of the last one that ran. */
  runLine(text: string): boolean {
    let status = true;
    let operator = '';
    for (const { words, next } of splitLine(text)) {
      const runs = operator === '' || operator === ';' || (operator === '&&') === status;
      operator = next;
      if (!runs) continue;
      // Expanded before it is split: nothing is no word.
      const expanded = words.flatMap((word) => this.expand(word).split(/\s+/).filter(Boolean));
      const outcome = this.runCommand(expanded);
      if (outcome === 'stop') return true;
      status = outcome;
    }
    return status;
  }

  runCommand([name, ...words]: readonly string[]): Status {
    if (name === undefined) return true;
    if (!isCommand(name))
      throw new Error(`the script at ${this.uri} has the unknown command '${name}'`);
    return EFFECTS[name](this, parseCall(name, words));
  }

  stop(end: IpxeEnd): 'stop' {
    this.end = end;
    return 'stop';
  }

  goto(label: string): Status {
    const at = this.lines.indexOf(`:${label}`);
    if (at === -1) return false;
    this.line = at;
    return 'stop';
  }

  dhcp(): boolean {
    const found = ++this.asked > (this.machine.silences ?? 0);
    this.fetches.push({ command: 'dhcp', url: '', found });
    // iPXE closes a card that got no answer.
    if (!found) {
      this.seconds += DHCP_SECONDS;
      closeCards(this.settings);
      return false;
    }
    if (!isOnline(this.settings)) openCard(this.settings, 'net0');
    for (const [name, value] of Object.entries(this.machine.lease)) this.settings.set(name, value);
    return true;
  }

  fetch(command: IpxeFetch['command'], reference: string, timeout: number): string | null {
    const url = resolveUri(reference, this.uri);
    const text = isOnline(this.settings) ? this.machine.get(url) : null;
    this.fetches.push({ command, url, found: text !== null });
    if (text === null) this.seconds += timeout;
    return text;
  }

  set(name: string, value: string): true {
    this.settings.set(name, value);
    return true;
  }

  imgfetch(reference: string, timeout: number, name: string): boolean {
    const url = resolveUri(reference, this.uri);
    const text = this.fetch('imgfetch', reference, timeout);
    if (text === null) return false;
    this.images = [
      ...this.images,
      { name: name || url.slice(url.lastIndexOf('/') + 1), url, text },
    ];
    return true;
  }

  exec({ first, timeout, options }: Call): Status {
    if (!options.has('--replace')) return this.call(first, timeout);
    return this.load(first, timeout) || this.end !== null ? 'stop' : false;
  }

  /** Runs another script and returns its status. */
  call(reference: string, timeout: number): Status {
    const { uri, lines, line } = this;
    if (!this.load(reference, timeout)) return this.end !== null && 'stop';
    const status = this.runScript();
    if (this.end !== null) return 'stop';
    Object.assign(this, { uri, lines, line });
    return status === 0;
  }

  /** Replaces this script by another; false when it is missing or not a script. */
  load(reference: string, timeout: number): boolean {
    const image = this.acquire(reference, timeout);
    if (image === null) return false;
    const { url, text } = image;
    if (!text.startsWith('#!ipxe\n')) {
      if (runsAnyFile(this.settings) && text !== '') this.end = { kind: 'boot program', url };
      return false;
    }
    this.begin(url, text);
    return true;
  }

  begin(uri: string, text: string): void {
    this.uri = uri;
    this.lines = text.split('\n');
    this.line = 0;
  }

  /** An image by name, the oldest of that name (src/core/image.c), else by URL. */
  acquire(reference: string, timeout: number): Image | null {
    const known = this.images.find(({ name }) => name === reference);
    if (known !== undefined) return known;
    const text = this.fetch('chain', reference, timeout);
    return text === null ? null : { name: reference, url: resolveUri(reference, this.uri), text };
  }

  /** The innermost first; a missing setting expands to nothing. */
  expand(word: string): string {
    const expanded = word.replaceAll(/\$\{([^{}]*)\}/g, (_, name: string) => {
      return this.settings.get(name) ?? this.settings.get(withoutType(name)) ?? '';
    });
    return expanded === word ? word : this.expand(expanded);
  }
}

/** iPXE for BIOS treats unknown file types as boot programs (src/arch/x86/image/pxe_image.c). */
function runsAnyFile(settings: ReadonlyMap<string, string>): boolean {
  return settings.get('platform') === 'pcbios';
}
