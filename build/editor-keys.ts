// What an editor shows for each key of nodes.yaml, and the patterns by which it finds mistakes early.
// The build decides: a pattern may let through what schema.ts refuses, never the reverse.
import { MAC_PATTERN } from '../contract/mac.ts';
import { CLUSTER_NOTES } from './cluster-keys.ts';
import { ADDRESS, HOST_NAME, IPV4, type KeyNote, PATH } from './key-note.ts';

/** By path; list items share the note of their list. `defaults.X` also stands for `nodes.X`. */
export const KEY_NOTES: Readonly<Record<string, KeyNote>> = {
  genesis: {
    description: "The machine that serves the boot files: the one that runs './homepbp start'.",
  },
  'genesis.ip': {
    description:
      "Its address, which machines use whatever DHCP says; 'auto': they use the next-server that DHCP gives them.",
    pattern: `^(auto|${IPV4})$`,
    expected: "'auto' or an IPv4 address",
  },
  'genesis.http_port': { description: 'The port of its HTTP server.' },
  'genesis.url': {
    description:
      "The URL of the folder on your own web server that './homepbp export' writes to; http only.",
    pattern: '^http:',
    expected: 'http://HOST[:PORT][/FOLDER]',
    examples: ['http://nas.lan/boot'],
  },
  os: { description: 'What the machines run.' },
  'os.release': { description: 'The Ubuntu release.' },
  'os.kernel': {
    description:
      "'ga': the kernel that the release shipped with; 'hwe': the newer hardware enablement kernel.",
  },
  'os.custom': { description: "Your own operating system, instead of 'release'." },
  'os.custom.kernel': { description: `The kernel. ${PATH}`, examples: ['own/vmlinuz'] },
  'os.custom.initrd': {
    description: `The initrd, including the kernel's modules, udev and kmod. ${PATH}`,
    examples: ['own/initrd'],
  },
  'os.custom.rootfs': {
    description: `The root file system, a squashfs image. ${PATH}`,
    examples: ['own/rootfs.squashfs'],
  },
  'os.custom.modules': {
    description: `Kernel modules that the root file system lacks. ${PATH}`,
    examples: ['own/linux-modules.deb'],
  },
  'os.custom.busybox': {
    description: `A static busybox for the initramfs, instead of the one that fetch downloads. ${PATH}`,
    examples: ['own/busybox'],
  },
  ssh: { description: 'Who may log in.' },
  'ssh.keys': {
    description:
      "'auto' for the usual public keys in ~/.ssh, or a list of paths and literal public keys.",
  },
  network: { description: 'Network settings for nodes with a fixed address.' },
  'network.gateway': {
    description: 'The default gateway of the nodes.',
    ...ADDRESS,
    examples: ['192.168.1.1'],
  },
  'network.dns': {
    description: 'The DNS servers of the nodes.',
    ...ADDRESS,
    examples: ['192.168.1.1'],
  },
  'network.domain': { description: 'The DNS domain of the nodes.', examples: ['home.arpa'] },
  ...CLUSTER_NOTES,
  defaults: { description: 'Settings of all nodes that do not set them.' },
  'defaults.arch': { description: 'The CPU architecture.' },
  'defaults.role': {
    description: 'A server runs the control plane and etcd; an agent only runs workloads.',
  },
  'defaults.boot': {
    description:
      "'live': over the network; 'recovery': a shell for repairs; 'local': from the copy on the disk.",
  },
  'defaults.disk': {
    description:
      "The disk that holds the node's state: 'auto', a device (preferably by-id), or 'none' (agents only).",
    pattern: '^(auto|none|/dev/[\\w./:-]+)$',
    expected: 'auto, none, or a device such as /dev/disk/by-id/nvme-…',
  },
  'defaults.gateway': {
    description: 'The default gateway, instead of network.gateway.',
    ...ADDRESS,
    examples: ['192.168.1.1'],
  },
  'defaults.dns': {
    description: 'The DNS servers, instead of network.dns.',
    ...ADDRESS,
    examples: ['192.168.1.1'],
  },
  'defaults.ssh_keys': {
    description: 'Who may log in, instead of ssh.keys: paths and literal public keys.',
    examples: ['~/.ssh/id_ed25519.pub'],
  },
  'defaults.kernel_args': {
    description: 'Extra arguments on the kernel command line.',
    examples: ['console=ttyS0'],
  },
  'defaults.timezone': {
    description: 'A time zone from the tz database.',
    examples: ['Europe/Berlin'],
  },
  'defaults.locale': { description: 'The locale.', examples: ['en_GB.UTF-8'] },
  'defaults.ntp': { description: 'NTP servers.', examples: ['ntp.ubuntu.com'] },
  'defaults.extra_user_data': {
    description: `Your own cloud-init user-data, merged with HomePBP's: #cloud-config or a script, also as a jinja template, or a boothook. ${PATH}`,
    examples: ['my-user-data.yaml'],
  },
  nodes: { description: 'The machines.' },
  'nodes.name': { description: 'Its host name.', ...HOST_NAME, examples: ['k8s-node01'] },
  'nodes.mac': {
    description: 'The MAC address of its network card, or a list of them.',
    pattern: MAC_PATTERN,
    expected: 'Six pairs of hex digits, such as 52:54:00:12:34:01',
    examples: ['52:54:00:12:34:01'],
  },
  'nodes.ip': {
    description: 'Its fixed address with prefix length; without it the node uses DHCP.',
    pattern: `^${IPV4}/\\d{1,2}$`,
    expected: 'An IPv4 address with a prefix length, such as 192.168.1.101/24',
    examples: ['192.168.1.101/24'],
  },
  'nodes.known_servers': {
    description:
      'Servers that this node tries first; any that are not under nodes: need cluster.ca_hash.',
    examples: ['192.168.1.101'],
  },
  'nodes.wipe': {
    description:
      "Wipes HomePBP's own partitions once for each new value, and lets the node enrol anew.",
    pattern: '^[\\w.-]{1,64}$',
    expected: 'A word of letters and digits, such as 2026-11-24',
    examples: ['2026-11-24'],
  },
  'nodes.removed': {
    description:
      'The node leaves the cluster: keep the entry until the other members have removed it.',
  },
};
