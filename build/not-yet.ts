// Keys that people expect because other tools have them, for what HomePBP cannot do yet.

interface Missing {
  /** In lower case, without `-` and `_`. */
  readonly keys: readonly string[];
  readonly hint: string;
}

const MISSING: readonly Missing[] = [
  {
    keys: ['vlan', 'vlans', 'vlanid', 'vlantag', 'tag', 'tagged'],
    hint:
      "VLANs are not supported yet: make the nodes' network the untagged one (native VLAN, PVID) of their " +
      'switch ports, which network boot needs as well',
  },
  {
    keys: ['bond', 'bonds', 'bonding', 'bondmode', 'lacp', 'lag', 'team', 'teaming'],
    hint:
      'bonds are not supported yet: list the MAC addresses of all cards under mac:, and the node uses the one ' +
      'that it booted from; switch LACP off for its ports',
  },
  {
    keys: ['bridge', 'bridges'],
    hint: 'bridges are not supported yet: pods have a network of their own, and need none',
  },
  {
    keys: ['mtu', 'jumbo', 'jumboframes'],
    hint:
      'MTUs are not supported yet: a node with DHCP takes the one that the DHCP server gives (option 26), others ' +
      'have 1500',
  },
  {
    keys: ['wifi', 'wifis', 'wlan', 'ssid'],
    hint: 'Wi-Fi is not supported: machines boot over a cable',
  },
  {
    keys: ['ipv6', 'ip6', 'ipv6address', 'gateway6', 'dhcp6'],
    hint: 'IPv6 is not supported yet: nodes and Genesis have IPv4 addresses',
  },
  {
    keys: ['routes', 'route', 'interfaces', 'interface', 'nics', 'nic', 'ethernets'],
    hint: 'a node has one card in use, the one that it booted from, with ip, gateway and dns; more is not supported yet',
  },
];

/** What to say of an unknown key that stands for something not supported yet; undefined for others. */
export function notYet(key: string): string | undefined {
  const plain = key.toLowerCase().replaceAll(/[-_]/g, '');
  return MISSING.find(({ keys }) => keys.includes(plain))?.hint;
}
