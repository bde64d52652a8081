// What an editor says of each key of nodes.yaml, and how it can tell a wrong text early. The build
// has the last word: a pattern here may let through what schema.ts refuses, never the reverse.
import { MAC_PATTERN } from '../contract/mac.ts';
import { K3S_RELEASE } from './schema/cluster.ts';
import { LABEL } from './schema/texts.ts';

export interface KeyNote {
  readonly description: string;
  /** For texts at this key, also inside a list. */
  readonly pattern?: string;
  /** What the editor says when the pattern does not match. */
  readonly expected?: string;
  readonly examples?: readonly string[];
}

const IPV4 = '\\d{1,3}(\\.\\d{1,3}){3}';

const HOST_NAME = {
  pattern: LABEL.source,
  expected: 'A host name (RFC 1123 label): lower-case letters, digits and hyphens, at most 63',
};
const ADDRESS = { pattern: `^${IPV4}$`, expected: 'An IPv4 address, such as 192.168.1.1' };
const PATH = 'A path relative to nodes.yaml, or from / or ~/.';

/** By path; list items share the note of their list. `defaults.X` also stands for `nodes.X`. */
export const KEY_NOTES: Readonly<Record<string, KeyNote>> = {
  genesis: {
    description: "The machine that serves the boot files: the one that runs './homepbp start'.",
  },
  'genesis.ip': {
    description: "Its address; 'auto' lets each machine find it by the DHCP server's next-server.",
    pattern: `^(auto|${IPV4})$`,
    expected: "'auto' or an IPv4 address",
  },
  'genesis.http_port': { description: 'The port of its HTTP server.' },
  'genesis.url': {
    description: 'The folder of a web server of your own that dist/ is copied to; http only.',
    pattern: '^[Hh][Tt][Tt][Pp]:',
    expected: 'http://HOST[:PORT][/FOLDER]',
    examples: ['http://nas.lan/boot'],
  },
  os: { description: 'What the machines run.' },
  'os.release': { description: 'The Ubuntu release.' },
  'os.kernel': {
    description: "'ga' for the kernel that the release came with, 'hwe' for the newer one.",
  },
  'os.custom': { description: "An operating system of your own, instead of 'release'." },
  'os.custom.kernel': { description: `The kernel. ${PATH}`, examples: ['own/vmlinuz'] },
  'os.custom.initrd': {
    description: `The initrd, with the kernel's modules, udev and kmod in it. ${PATH}`,
    examples: ['own/initrd'],
  },
  'os.custom.rootfs': {
    description: `The root file system, a squashfs. ${PATH}`,
    examples: ['own/rootfs.squashfs'],
  },
  'os.custom.modules': {
    description: `Kernel modules that the root lacks. ${PATH}`,
    examples: ['own/linux-modules.deb'],
  },
  'os.custom.busybox': {
    description: `A static busybox for the start of a node, instead of the one that fetch brings. ${PATH}`,
    examples: ['own/busybox'],
  },
  ssh: { description: 'Who may log in.' },
  'ssh.keys': {
    description:
      "'auto' for the usual public keys in ~/.ssh, or a list of paths and literal public keys.",
  },
  network: { description: 'For nodes with a fixed address.' },
  'network.gateway': {
    description: 'The router of the nodes.',
    ...ADDRESS,
    examples: ['192.168.1.1'],
  },
  'network.dns': {
    description: 'The name servers of the nodes.',
    ...ADDRESS,
    examples: ['192.168.1.1'],
  },
  'network.domain': { description: 'The domain of the nodes.', examples: ['home.arpa'] },
  cluster: { description: 'The k3s cluster that the nodes form.' },
  'cluster.name': { description: 'Its name.', ...HOST_NAME, examples: ['home'] },
  'cluster.k3s': {
    description: 'A channel or an exact version of k3s.',
    pattern: K3S_RELEASE.source,
    expected: 'stable, latest, v1.34 or an exact version such as v1.34.10+k3s1',
    examples: ['stable', 'v1.34', 'v1.34.10+k3s1'],
  },
  'cluster.token': {
    description:
      "What servers share. 'auto': made once into secrets/; or ${NAME} of an environment variable, or a path. Never the token itself.",
  },
  'cluster.founding': { description: 'How the first server is chosen.' },
  'cluster.founding.quorum': {
    description:
      "How many servers must be seen before one founds the cluster: 'majority', 'all', 'safe' (one may have lost its disk), or a number.",
  },
  'cluster.founding.epoch': {
    description: 'Raise it by one to found the cluster anew after the old one is lost for good.',
  },
  'cluster.founding.i_know': {
    description: 'Accepts a quorum below the majority, with which two clusters could be founded.',
  },
  'cluster.founding.abandon': {
    description: 'Servers that are lost for good and need not be asked.',
    ...HOST_NAME,
    examples: ['k8s-node02'],
  },
  'cluster.founded': { description: 'The cluster exists: nodes only ever join it.' },
  'cluster.known_servers': {
    description: 'Servers that exist already; those outside nodes: need ca_hash.',
    examples: ['192.168.1.10'],
  },
  'cluster.ca_hash': {
    description: "The SHA-256 of an existing cluster's CA: sha256sum of the /cacerts of a server.",
    pattern: '^[0-9a-f]{64}$',
    expected: '64 lower-case hex digits',
    examples: ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  },
  'cluster.ignore': {
    description: 'Servers of other clusters that need not be reported.',
    examples: ['192.168.1.50'],
  },
  'cluster.k3s_config': {
    description:
      "k3s' settings that all servers must have alike, by k3s' own names. They hold from the founding on: k3s refuses servers that differ.",
  },
  'cluster.k3s_config.cluster-cidr': {
    description: 'The addresses of the pods.',
    expected: 'A range of addresses',
    examples: ['10.42.0.0/16'],
  },
  'cluster.k3s_config.service-cidr': {
    description: 'The addresses of the services.',
    expected: 'A range of addresses',
    examples: ['10.43.0.0/16'],
  },
  'cluster.k3s_config.cluster-dns': {
    description: "The cluster's name server; in service-cidr.",
    examples: ['10.43.0.10'],
  },
  'cluster.k3s_config.cluster-domain': {
    description: 'The domain of the services.',
  },
  'cluster.k3s_config.disable': {
    description: 'Components that k3s ships with and is not to install.',
    examples: ['traefik'],
  },
  'cluster.k3s_config.disable-cloud-controller': { description: 'No cloud controller of k3s.' },
  'cluster.k3s_config.disable-helm-controller': { description: 'No HelmChart objects.' },
  'cluster.k3s_config.disable-network-policy': { description: 'No network policies of k3s.' },
  'cluster.k3s_config.egress-selector-mode': {
    description: 'How the servers reach kubelets and pods.',
  },
  'cluster.k3s_config.embedded-registry': { description: 'Nodes fetch images from each other.' },
  'cluster.k3s_config.flannel-backend': {
    description: "How pods reach each other; 'none' for a network of your own.",
  },
  'cluster.k3s_config.flannel-external-ip': {
    description: "Flannel uses the nodes' external addresses.",
  },
  'cluster.k3s_config.flannel-ipv6-masq': { description: 'Masquerades IPv6 traffic of pods.' },
  'cluster.k3s_config.secrets-encryption': { description: 'Encrypts Secrets in etcd.' },
  'cluster.addons': { description: 'What is installed into the cluster.' },
  defaults: { description: 'What nodes have that say nothing else.' },
  'defaults.arch': { description: 'The processor.' },
  'defaults.role': {
    description: 'A server runs the control plane and etcd; an agent only runs workloads.',
  },
  'defaults.boot': {
    description:
      "'live': by network; 'recovery': a shell for repairs; 'local': from the disk's own copy.",
  },
  'defaults.disk': {
    description:
      "What the node keeps its state on: 'auto', a device (by-id preferred), or 'none' (agents only).",
    pattern: '^(auto|none|/dev/[\\w./:-]+)$',
    expected: 'auto, none, or a device such as /dev/disk/by-id/nvme-…',
  },
  'defaults.gateway': {
    description: 'The router, instead of network.gateway.',
    ...ADDRESS,
    examples: ['192.168.1.1'],
  },
  'defaults.dns': {
    description: 'The name servers, instead of network.dns.',
    ...ADDRESS,
    examples: ['192.168.1.1'],
  },
  'defaults.ssh_keys': {
    description: 'Who may log in, instead of ssh.keys: paths and literal public keys.',
    examples: ['~/.ssh/id_ed25519.pub'],
  },
  'defaults.kernel_args': {
    description: 'Words for the kernel line.',
    examples: ['console=ttyS0'],
  },
  'defaults.timezone': {
    description: 'A time zone of the tz database.',
    examples: ['Europe/Berlin'],
  },
  'defaults.locale': { description: 'The locale.', examples: ['en_GB.UTF-8'] },
  'defaults.ntp': { description: 'Time servers.', examples: ['ntp.ubuntu.com'] },
  'defaults.extra_user_data': {
    description: `Cloud-init user-data of your own, merged with ours. ${PATH}`,
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
    description: 'Its fixed address with the prefix length; without one it asks DHCP.',
    pattern: `^${IPV4}/\\d{1,2}$`,
    expected: 'An IPv4 address with its prefix length, such as 192.168.1.101/24',
    examples: ['192.168.1.101/24'],
  },
  'nodes.known_servers': {
    description: 'Servers that this node asks first; those outside nodes: need cluster.ca_hash.',
    examples: ['192.168.1.101'],
  },
  'nodes.wipe': {
    description: "Wipes HomePBP's own partitions once for each new word.",
    pattern: '^[\\w.-]{1,64}$',
    expected: 'A word of letters and digits, such as 2026-11-24',
    examples: ['2026-11-24'],
  },
  'nodes.removed': {
    description: 'Keeps the entry while the other members let the node go.',
  },
};
