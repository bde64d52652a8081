// The commands of iPXE up to 2.0.0, from its src/hci/commands/, src/core/exec.c and
// src/image/script.c, for both the check of rendered scripts and `explain`. Commands that wait for a
// person or power off are left out: our scripts must not use them.

export interface Command {
  /** Long options with their hyphens → whether they take a value. */
  readonly options: ReadonlyMap<string, boolean>;
  /** A failure ends the script at once, unless the line handles it. */
  readonly mayFail: boolean;
  /** Year and month in which iPXE got it; absent if every iPXE since 2019 has it. */
  readonly since?: string;
}

/** @param options long ones without hyphens, with `=` if they take a value */
function command(mayFail: boolean, options: string): Command {
  const pairs = options.split(' ').flatMap((option): [string, boolean][] => {
    const [, name = '', value = ''] = /^([\w-]*)(=?)$/.exec(option) ?? [];
    return name === '' ? [] : [[`--${name}`, value !== '']];
  });
  return { options: new Map(pairs), mayFail };
}

const sure = (options = '') => command(false, options);
const may = (options = '') => command(true, options);
const newer = (since: string, options = ''): Command => ({ ...may(options), since });

const IMAGE = 'name= timeout= autofree';
const EXEC = `${IMAGE} replace`;
const SAN = 'drive= no-describe keep filename= extra= label= uuid=';

const TABLE = {
  boot: may(EXEC),
  certfree: may('subject='),
  certstat: may('subject='),
  certstore: may('subject= keep'),
  chain: may(EXEC),
  clear: may(),
  colour: may('basic= rgb='),
  console: may('x= y= left= right= top= bottom= depth= picture= keep'),
  cpair: may('foreground= background='),
  cpuid: may('ext amd ecx'),
  dhcp: may('configurator= timeout='),
  echo: sure(),
  exit: sure(),
  fdt: newer('2025-03', 'timeout='),
  goto: sure(),
  ifclose: may(),
  ifconf: may('configurator= timeout='),
  iflinkwait: newer('2021-01', 'timeout='),
  ifopen: may(),
  ifstat: may(),
  imgargs: may(IMAGE),
  imgdecrypt: newer('2024-08', 'name= keep timeout='),
  imgexec: may(EXEC),
  imgextract: newer('2021-05', 'name= keep timeout='),
  imgfetch: may(IMAGE),
  imgfree: may(),
  imgload: may(IMAGE),
  imgmem: newer('2021-01', 'name='),
  imgselect: may(IMAGE),
  imgstat: may(),
  imgtrust: may('allow permanent'),
  imgverify: may('signer= keep timeout='),
  inc: sure(),
  initrd: may(IMAGE),
  iseq: may(),
  isset: may(),
  kernel: may(IMAGE),
  md5sum: may(),
  module: may(IMAGE),
  nslookup: may(),
  nstat: may(),
  ntp: may(),
  param: may('params='),
  params: may('name= delete'),
  pciscan: may(),
  ping: may('size= timeout= count= quiet'),
  pxebs: may(),
  route: may(),
  sanboot: may(SAN),
  sanhook: may(SAN),
  sanunhook: may('drive='),
  set: sure(),
  sha1sum: may(),
  shim: newer('2023-05', 'timeout= require-loader allow-pxe allow-sbat'),
  show: may(),
  sleep: sure(),
  sync: may('timeout='),
  usbscan: newer('2024-10'),
  vcreate: may('tag= priority='),
  vdestroy: may(),
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof TABLE;

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(TABLE, name);
}

/** The properties of a command. */
export function commandOf(name: CommandName): Command {
  return TABLE[name];
}
