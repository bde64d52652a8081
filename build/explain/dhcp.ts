// What the DHCP server answers, according to the snippet that we generate for it.

/**
 * The boot file that dhcp/dnsmasq.conf gives a client; null for none. As in dnsmasq, the last line
 * whose tags all match wins, and tagged lines win over untagged ones.
 * @param clientArch option 93 (RFC 4578; IANA's processor architecture types)
 * @param isIpxe whether the client is iPXE, which sends option 175
 */
export function snippetBootFile(conf: string, clientArch: number, isIpxe: boolean): string | null {
  const settings = conf
    .split('\n')
    .map((line) => /^([\w-]+)=(.*)$/.exec(line.trim()))
    .flatMap((match) => (match === null ? [] : [{ key: match[1], words: words(match[2]) }]));
  const tags = new Set<string>();
  for (const { key, words } of settings) {
    const [tag = '', ...test] = words;
    if (key !== 'dhcp-match' || !tag.startsWith('set:')) continue;
    const [code = '', value] = test;
    const isArch = code === 'option:client-arch' || code === '93';
    const fits = code === '175' ? isIpxe : isArch && value === String(clientArch);
    if (fits) tags.add(tag.slice('set:'.length));
  }
  const answers = settings
    .filter(({ key }) => key === 'dhcp-boot')
    .map(({ words }) => ({
      wanted: words.filter((word) => word.startsWith('tag:')).map((word) => word.slice(4)),
      file: words.find((word) => !word.startsWith('tag:')) ?? '',
    }))
    .filter(({ wanted }) => wanted.every((tag) => fitsTag(tag, tags)));
  const answer =
    answers.findLast(({ wanted }) => wanted.length > 0) ?? answers.findLast(() => true);
  return answer?.file ?? null;
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(',').map((word) => word.trim());
}

function fitsTag(tag: string, tags: ReadonlySet<string>): boolean {
  return tag.startsWith('!') ? !tags.has(tag.slice(1)) : tags.has(tag);
}
