// What each word of a kernel line means.

export interface KernelWord {
  readonly word: string;
  readonly meaning: string;
  /** False for words not in this list: the user's own. */
  readonly known: boolean;
}

/** The words of a kernel line with their meanings, in order. */
export function explainWords(words: readonly string[]): KernelWord[] {
  return words.map((word) => {
    const at = word.indexOf('=');
    const key = at === -1 ? word : word.slice(0, at);
    const value = at === -1 ? '' : word.slice(at + 1);
    const meaning = Object.hasOwn(MEANINGS, key) ? MEANINGS[key]?.(value) : undefined;
    return { word, meaning: meaning ?? unknown(key), known: meaning !== undefined };
  });
}

type Meaning = (value: string) => string;

/** The words that the build writes (kernelLine in node-documents.ts) and payload/initramfs reads. */
const OURS: Readonly<Record<string, Meaning>> = {
  initrd: (name) =>
    `the kernel unpacks the file that iPXE loaded as '${name}' (needed on UEFI only)`,
  rdinit: (program) =>
    program === '/homepbp/init'
      ? "the initramfs runs HomePBP's own init instead of the initrd's"
      : `the initramfs runs ${program}`,
  BOOTIF: (value) => `the network card that booted: ${value.slice(3)} (01 = Ethernet)`,
  'homepbp.base': (url) => `where dist/ is served: ${url}`,
  'homepbp.node': (mac) => `this node's files are in nodes/${mac}/`,
  'homepbp.os': (folder) => `the root image and the modules are in ${folder}/`,
  'homepbp.os_sha256': () => 'SHA-256 of fetch.list, which holds the hashes of all other files',
  'homepbp.mode': (mode) =>
    mode === 'recovery' ? 'the node boots for maintenance' : 'the node does its normal work',
  'homepbp.boot': (from) => `everything comes from the ${from}`,
  'homepbp.slot': (slot) => `from slot ${slot} of the disk`,
  'homepbp.reboot_delay': (seconds) => `after an error, reboot in ${seconds} s (default: 60)`,
};

/** Words that users often add (Linux: admin-guide/kernel-parameters; systemd: kernel-command-line(7)). */
const USUAL: Readonly<Record<string, Meaning>> = {
  console: consoleMeaning,
  quiet: () => 'the kernel prints warnings and errors only',
  debug: () => 'the kernel prints everything',
  loglevel: (level) => `the kernel prints messages more urgent than level ${level}`,
  earlycon: () => 'kernel messages on a serial port before its driver is loaded',
  splash: () => 'a splash screen instead of messages, if the system has one',
  nomodeset: () => 'no graphics driver: the firmware keeps the screen mode',
  panic: (seconds) => `after a kernel panic, reboot in ${seconds} s`,
  mitigations: (value) => `mitigations for CPU vulnerabilities: ${value}`,
  'net.ifnames': (value) =>
    value === '0'
      ? 'network cards are called eth0, eth1, …'
      : 'network cards have predictable names',
  biosdevname: (value) =>
    value === '0'
      ? 'network cards are not named by biosdevname'
      : 'network cards are named by biosdevname',
  'ipv6.disable': (value) => (value === '1' ? 'IPv6 off' : 'IPv6 on'),
  'systemd.unified_cgroup_hierarchy': (value) =>
    /^(1|yes|true|on)$/.test(value) ? 'cgroup v2' : 'cgroup v1',
  cgroup_enable: (name) => `enables the cgroup controller '${name}'`,
  cgroup_memory: (value) => (value === '1' ? 'memory cgroups on' : 'memory cgroups off'),
  intel_iommu: (value) => `Intel's IOMMU: ${value}`,
  iommu: (value) => `IOMMU: ${value}`,
  pcie_aspm: (value) => `PCI Express power saving: ${value}`,
  rootdelay: (seconds) => `waits ${seconds} s for the root device`,
  'systemd.unit': (unit) => `systemd starts ${unit} instead of the default target`,
  init: (program) => `the system's first program is ${program}`,
  ip: () =>
    'an address from the kernel line: HomePBP does not need it, and it overrides network-config',
};

const MEANINGS: Readonly<Record<string, Meaning>> = { ...USUAL, ...OURS };

function consoleMeaning(value: string): string {
  const [device = '', rate] = value.split(',');
  const speed = rate === undefined ? '' : ` at ${/^\d+/.exec(rate)?.[0] ?? rate} baud`;
  const what = 'kernel messages, and a login, on';
  const number = /\d+$/.exec(device)?.[0] ?? '0';
  if (/^tty\d*$/.test(device)) return `${what} the screen`;
  if (/^ttyS\d+$/.test(device)) return `${what} serial port ${number}${speed}`;
  if (/^tty(AMA|MSM|SAC|LP|mxc)\d+$/.test(device))
    return `${what} the board's serial port ${number}${speed}`;
  if (/^hvc\d+$/.test(device)) return `${what} the hypervisor's console ${number}`;
  if (/^ttyUSB\d+$/.test(device)) return `${what} USB serial adapter ${number}${speed}`;
  return `${what} ${device}${speed}`;
}

function unknown(key: string): string {
  if (key.startsWith('homepbp.')) return 'unknown to HomePBP: ignored with a message';
  if (key.includes('.'))
    return `yours: a setting for '${key.slice(0, key.indexOf('.'))}', passed on unchanged`;
  return 'yours: passed on to the kernel unchanged';
}
