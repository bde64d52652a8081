// What an editor shows for each key of `cluster:`; see editor-keys.ts.
import { HOST_NAME, type KeyNote } from './key-note.ts';
import { K3S_RELEASE } from './schema/cluster.ts';

export const CLUSTER_NOTES: Readonly<Record<string, KeyNote>> = {
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
};
