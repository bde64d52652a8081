// What an editor shows for each key of nodes.yaml, and the patterns by which it finds mistakes early.
// The build decides: a pattern may let through what schema.ts refuses, never the reverse.
import { MAC_PATTERN } from '../contract/mac.ts';
import { K3S_RELEASE } from './schema/cluster.ts';
import { LABEL } from './schema/texts.ts';

export interface KeyNote {
  readonly description: string;
  /** For texts at this key, including list items. */
  readonly pattern?: string;
  /** Shown when the pattern does not match. */
  readonly expected?: string;
  readonly examples?: readonly string[];
}

const IPV4 = '\\d{1,3}(\\.\\d{1,3}){3}';

const HOST_NAME = {
  pattern: LABEL.source,
  expected: 'A host name (RFC 1123 label): lower-case letters, digits and hyphens, at most 63',
};
const ADDRESS = { pattern: `^${IPV4}$`, expected: 'An IPv4 address, such as 192.168.1.1' };
const PATH = 'A path relative to nodes.yaml, or one that starts with / or ~/.';

/** By path; list items share the note of their list. `defaults.X` also stands for `nodes.X`. */
export const KEY_NOTES: Readonly<Record<string, KeyNote>> = {
  genesis: {
    description: "The machine that serves the boot files: the one that runs './homepbp start'.",
  },
  'genesis.ip': {
    description: "Its address; 'auto': machines use the next-server that DHCP gives them.",
    pattern: `^(auto|${IPV4})$`,
    expected: "'auto' or an IPv4 address",
  },
  'genesis.http_port': { description: 'The port of its HTTP server.' },
  'genesis.url': {
    description:
      "The URL of the folder on your own web server that './homepbp export' writes to; http only.",
    pattern: '^[Hh][Tt][Tt][Pp]:',
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
      "The token that k3s servers share. 'auto': generated once into secrets/; or ${NAME} for an environment variable, or a path. Never the token itself.",
  },
  'cluster.enroll': {
    description:
      "'once': a node that comes with a new key, as after its disk was wiped, gets no secrets until './homepbp enroll NAME'; 'always': it does, and so does whoever takes over its MAC address.",
  },
  'cluster.founding': { description: 'How the server that founds the cluster is chosen.' },
  'cluster.founding.quorum': {
    description:
      "How many servers must be present before one founds the cluster: 'majority', 'all', 'safe' (one may have lost its disk), or a number.",
  },
  'cluster.founding.epoch': {
    description: 'Increase it by one to found a new cluster after the old one is lost for good.',
  },
  'cluster.founding.i_know': {
    description: 'Accept a quorum below the majority, although two clusters could then be founded.',
  },
  'cluster.founding.abandon': {
    description: 'Servers that are lost for good; founding does not need their votes.',
    ...HOST_NAME,
    examples: ['k8s-node02'],
  },
  'cluster.founded': {
    description: 'The cluster already exists: nodes join it and never found one.',
  },
  'cluster.known_servers': {
    description: 'Existing servers; any that are not under nodes: need ca_hash.',
    examples: ['192.168.1.10'],
  },
  'cluster.ca_hash': {
    description:
      "The SHA-256 hash of an existing cluster's CA: sha256sum of /cacerts from a server.",
    pattern: '^[0-9a-f]{64}$',
    expected: '64 lower-case hex digits',
    examples: ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  },
  'cluster.ignore': {
    description: 'Servers of other clusters, to be ignored without a warning.',
    examples: ['192.168.1.50'],
  },
  'cluster.k3s_config': {
    description:
      "k3s settings that must be the same on all servers, under k3s' own names. Fixed once the cluster is founded: k3s rejects servers that differ.",
  },
  'cluster.k3s_config.cluster-cidr': {
    description: 'The address range of pods.',
    expected: 'An address range in CIDR notation',
    examples: ['10.42.0.0/16'],
  },
  'cluster.k3s_config.service-cidr': {
    description: 'The address range of services.',
    expected: 'An address range in CIDR notation',
    examples: ['10.43.0.0/16'],
  },
  'cluster.k3s_config.cluster-dns': {
    description: "The address of the cluster's DNS server, inside service-cidr.",
    examples: ['10.43.0.10'],
  },
  'cluster.k3s_config.cluster-domain': {
    description: 'The DNS domain of services.',
  },
  'cluster.k3s_config.disable': {
    description: 'Bundled k3s components that are not installed.',
    examples: ['traefik'],
  },
  'cluster.k3s_config.disable-cloud-controller': {
    description: "Turns off k3s' cloud controller.",
  },
  'cluster.k3s_config.disable-helm-controller': {
    description: "Turns off k3s' Helm controller (HelmChart objects).",
  },
  'cluster.k3s_config.disable-network-policy': {
    description: "Turns off k3s' network policy controller.",
  },
  'cluster.k3s_config.egress-selector-mode': {
    description: 'How servers reach kubelets and pods.',
  },
  'cluster.k3s_config.embedded-registry': { description: 'Nodes pull images from each other.' },
  'cluster.k3s_config.flannel-backend': {
    description: "The pod network; 'none' to install your own CNI plugin.",
  },
  'cluster.k3s_config.flannel-external-ip': {
    description: "Flannel uses the nodes' external addresses.",
  },
  'cluster.k3s_config.flannel-ipv6-masq': { description: 'Masquerades IPv6 traffic from pods.' },
  'cluster.k3s_config.secrets-encryption': { description: 'Encrypts Secrets in etcd.' },
  'cluster.addons': { description: 'What is installed into the cluster.' },
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
    description: `Your own cloud-init user-data, merged with HomePBP's. ${PATH}`,
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
