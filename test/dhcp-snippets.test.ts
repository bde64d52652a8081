// The settings of dist/dhcp/ in the servers that they are for: loaded, or refused while the address is not in them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { dhcpSnippets, PLACEHOLDER } from '../build/dhcp-snippets.ts';
import type { IpxeFile } from '../build/media.ts';
import { makeRender } from '../build/render.ts';
import { readTemplates } from '../build/shipped-files.ts';
import { DHCP_DAEMONS, keaWords } from './e2e/dhcp-daemons.ts';

const render = makeRender(await readTemplates());
const folder = mkdtempSync(join(tmpdir(), 'homepbp-snippets-'));
after(() => rmSync(folder, { recursive: true }));

const SUBNET = 'subnet 192.168.1.0 netmask 255.255.255.0 {}\n';
const CHECKS = {
  'dnsmasq.conf': {
    daemon: DHCP_DAEMONS.dnsmasq,
    words: (path: string) => [DHCP_DAEMONS.dnsmasq.program, '--test', `--conf-file=${path}`],
    refusal: /bad IP address at line \d+ of /,
  },
  'dnsmasq-proxy.conf': {
    daemon: DHCP_DAEMONS.dnsmasq,
    words: (path: string) => [DHCP_DAEMONS.dnsmasq.program, '--test', `--conf-file=${path}`],
    refusal: /bad dhcp-range at line \d+ of /,
  },
  'dhcpd.conf': {
    daemon: DHCP_DAEMONS.dhcpd,
    words: (path: string) => [DHCP_DAEMONS.dhcpd.program, '-t', '-cf', path],
    refusal: new RegExp(`line \\d+: [\\s\\S]*${PLACEHOLDER}`),
  },
  'kea-dhcp4.conf': {
    daemon: DHCP_DAEMONS.kea,
    words: (path: string) => keaWords(folder, '-t', path),
    refusal: new RegExp(`Invalid next-server value specified: '${PLACEHOLDER}'`),
  },
};

/** A file of dist/dhcp/. */
function snippet(name: string, ip: string | null, there: readonly IpxeFile[]): string {
  const plan = { genesis: { url: null, httpPort: 8080, ip }, nodes: [] };
  const file = dhcpSnippets(plan, new Set(there), render).find(
    ({ path }) => path === `dhcp/${name}`,
  );
  assert.ok(file !== undefined && 'content' in file && typeof file.content === 'string');
  return name === 'dhcpd.conf' ? file.content + SUBNET : file.content;
}

for (const [name, { daemon, words, refusal }] of Object.entries(CHECKS)) {
  const isAbsent = !existsSync(daemon.program) && process.env.HOMEPBP_REQUIRE_TOOLS !== '1';
  const skip = isAbsent && `${daemon.pkg} is not installed`;
  const check = (ip: string | null, there: readonly IpxeFile[]) => {
    const path = join(folder, name);
    writeFileSync(path, snippet(name, ip, there));
    const [program = '', ...args] = words(path);
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    return { status, said: stdout + stderr };
  };

  test(`${daemon.name} loads ${name}, with all programs, some or none`, { skip }, () => {
    const some = ['undionly.kpxe', 'snponly.efi'] as const;
    for (const there of [[...some, 'snponly-arm64.efi'], some, []] as const) {
      const { status, said } = check('192.168.1.5', there);
      assert.equal(status, 0, said);
    }
  });

  test(`${daemon.name} refuses ${name} without Genesis' address`, { skip }, () => {
    const { status, said } = check(null, ['snponly.efi']);
    assert.notEqual(status, 0, said);
    assert.match(said, refusal);
  });
}
