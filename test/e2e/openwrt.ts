// What OpenWrt makes of our `uci` lines: the settings that its init script gives to dnsmasq.

const UCI = /^uci (?:set|add_list) dhcp\.(\w+)(?:\.(\w+))?='?([^'\n]*)'?$/gm;

/**
 * The dnsmasq settings of dist/dhcp/openwrt.sh, as dhcp_match_add and dhcp_boot_add of OpenWrt 24.10 write them.
 * @throws {Error} when a section lacks an option without which OpenWrt ignores it
 */
export function dnsmasqOfOpenWrt(script: string): string {
  const sections = new Map<string, Map<string, string>>();
  for (const [, section = '', key = 'type', value = ''] of script.matchAll(UCI)) {
    const options = sections.get(section) ?? new Map<string, string>();
    sections.set(section, options.set(key, value));
  }
  return [...sections].flatMap(([name, options]) => linesOf(name, options)).join('\n');
}

function linesOf(name: string, options: ReadonlyMap<string, string>): string[] {
  const of = (key: string) => {
    const value = options.get(key);
    if (value === undefined) throw new Error(`${name} has no ${key}`);
    return value;
  };
  if (of('type') === 'match') return [`dhcp-match=set:${of('networkid')},${of('match')}`];
  const boot = `dhcp-boot=tag:${of('networkid')},${of('filename')},${of('servername')},${of('serveraddress')}`;
  const option = options.get('dhcp_option');
  if (option === undefined) return [boot];
  const force = of('force') === '1' ? '-force' : '';
  return [boot, `dhcp-option${force}=${of('networkid')},${option}`];
}
