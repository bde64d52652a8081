// Words that people bring along from other tools, and what nodes.yaml calls them. Only for words whose
// spelling is not close to ours: nearest.ts finds those.

import type { Synonyms } from '../messages/nearest.ts';
import { UBUNTU_CODENAMES } from './ubuntu-codenames.ts';

const RELEASES = Object.entries(UBUNTU_CODENAMES).flatMap(([release, codename]) => [
  [codename, release],
  [release.replace('.04', ''), release],
]);

/** For values. */
export const VALUE_SYNONYMS: Synonyms = {
  worker: 'agent',
  node: 'agent',
  minion: 'agent',
  slave: 'agent',
  master: 'server',
  manager: 'server',
  controller: 'server',
  controlplane: 'server',
  'control-plane': 'server',
  control_plane: 'server',
  'x86-64': 'amd64',
  x86_64: 'amd64',
  x64: 'amd64',
  x86: 'amd64',
  intel: 'amd64',
  aarch64: 'arm64',
  arm: 'arm64',
  armv8: 'arm64',
  disk: 'local',
  rescue: 'recovery',
  ...Object.fromEntries(RELEASES),
};

/** For keys. */
export const KEY_SYNONYMS: Synonyms = {
  address: 'ip',
  ip_address: 'ip',
  ipv4: 'ip',
  hwaddr: 'mac',
  mac_address: 'mac',
  macaddress: 'mac',
  hostname: 'name',
  host: 'name',
  hosts: 'nodes',
  machines: 'nodes',
  servers: 'nodes',
  type: 'role',
  kind: 'role',
  cpu: 'arch',
  platform: 'arch',
  router: 'gateway',
  gateway4: 'gateway',
  nameserver: 'dns',
  nameservers: 'dns',
  resolvers: 'dns',
  tz: 'timezone',
  cmdline: 'kernel_args',
  kernel_params: 'kernel_args',
  authorized_keys: 'ssh_keys',
  public_keys: 'ssh_keys',
  user_data: 'extra_user_data',
  'user-data': 'extra_user_data',
  cloud_init: 'extra_user_data',
  ubuntu: 'os',
  system: 'os',
  port: 'http_port',
};
