// The effect of each command on a run, as far as it affects the script's path (ipxe.org/cmd).
import type { CommandName } from '../ipxe/commands.ts';
import type { Call } from '../ipxe/line.ts';
import type { IpxeRun } from './ipxe.ts';
import { closeCards, openCard } from './ipxe-cards.ts';

/** Whether a command succeeded; `stop`: the line or script continues elsewhere. */
export type Status = boolean | 'stop';

/** The name of a setting without its optional type. */
export function withoutType(name: string): string {
  return name.replace(/:.*$/, '');
}

type Effect = (run: IpxeRun, call: Call) => Status;

/** Shows or prepares something. */
const nothing: Effect = () => true;
/** Looks for something that the simulated machine lacks: a name server, another device. */
const finds: Effect = () => false;

const select: Effect = (run, { first, rest, timeout }) => {
  if (run.fetch('kernel', first, timeout) === null) return false;
  run.kernel = rest.slice(1);
  return true;
};

const load: Effect = (run, { first, timeout }) => run.fetch('initrd', first, timeout) !== null;

const fetchImage: Effect = (run, { first, timeout, options }) =>
  run.imgfetch(first, timeout, options.get('--name') ?? '');

/** The URI is optional; without one there is nothing to do. */
const fetchAny: Effect = (run, call) => call.first === '' || fetchImage(run, call);

/** The first of the cards named, or of all, that the machine has. */
const open: Effect = (run, { rest }) =>
  (rest.length === 0 ? ['net0'] : rest).some((card) => openCard(run.settings, card));

export const EFFECTS: Readonly<Record<CommandName, Effect>> = {
  boot: (run, call) => {
    if (call.first !== '') return run.exec(call);
    return run.kernel !== null && run.stop({ kind: 'kernel', words: run.kernel });
  },
  certfree: nothing,
  certstat: nothing,
  certstore: nothing,
  chain: (run, call) => run.exec(call),
  clear: (run, { first }) => {
    run.settings.delete(withoutType(first));
    return true;
  },
  colour: nothing,
  console: nothing,
  cpair: nothing,
  cpuid: nothing,
  dhcp: (run) => run.dhcp(),
  echo: (run, { rest }) => run.console.push(rest.join(' ')) > 0,
  exit: (run, { first }) => {
    run.exited = Number(first);
    return 'stop';
  },
  fdt: fetchAny,
  goto: (run, { first }) => run.goto(first),
  ifclose: (run) => {
    closeCards(run.settings);
    return true;
  },
  ifconf: (run) => run.dhcp(),
  iflinkwait: open,
  ifopen: open,
  ifstat: nothing,
  imgargs: (run, { rest }) => {
    run.kernel = rest.slice(1);
    return true;
  },
  imgdecrypt: fetchImage,
  imgexec: (run, call) => run.exec(call),
  imgextract: fetchImage,
  imgfetch: fetchImage,
  imgfree: (run) => {
    run.kernel = null;
    run.images = [];
    return true;
  },
  imgload: select,
  imgmem: nothing,
  imgselect: select,
  imgstat: nothing,
  imgtrust: nothing,
  imgverify: nothing,
  inc: (run, { first }) => run.set(first, String(Number(run.settings.get(first) ?? 0) + 1)),
  initrd: load,
  iseq: (_, { first, rest }) => first === (rest[1] ?? ''),
  isset: (_, { first }) => first !== '',
  kernel: select,
  md5sum: nothing,
  module: load,
  nslookup: finds,
  nstat: nothing,
  ntp: nothing,
  param: nothing,
  params: nothing,
  pciscan: finds,
  ping: nothing,
  pxebs: finds,
  route: nothing,
  // Fails: not every disk has the label, and not every iPXE knows the option.
  sanboot: (run, { options }) =>
    !options.has('--label') && run.stop({ kind: 'sanboot', drive: options.get('--drive') ?? '' }),
  sanhook: finds,
  sanunhook: nothing,
  set: (run, { first, rest }) => run.set(withoutType(first), rest.slice(1).join(' ')),
  sha1sum: nothing,
  shim: fetchAny,
  show: nothing,
  sleep: (run, { first }) => {
    run.seconds += Number(first);
    return true;
  },
  sync: nothing,
  usbscan: finds,
  vcreate: nothing,
  vdestroy: nothing,
};
