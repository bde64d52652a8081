// Our scripts, where another web server answers at Genesis' address: on BIOS, iPXE would run its pages.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { ABSENT_SCRIPT, BOOT_SCRIPT } from '../../contract/paths.ts';
import { BUSYBOX_FOLDERS } from '../fixtures/busybox.ts';
import type { OutputFile } from '../output.ts';
import { generateProject } from '../project.ts';
import { type IpxeWalk, walkIpxe } from './ipxe.ts';
import { type ServedTree, servedTreeOf, textAt } from './steps.ts';

const PAGE = '<html><body>Not what you are looking for</body></html>\n';
const OVER_TFTP = 'tftp://GENESIS/boot.ipxe';
const MAC = '52-54-00-12-34-01';

let tree: ServedTree;

before(async () => {
  tree = await treeOf('recovery');
});

/** A golden project, as its machines see it. */
async function treeOf(golden: string): Promise<ServedTree> {
  const folder = join(import.meta.dirname, '../goldens', golden);
  const media = await mkdtemp(join(tmpdir(), 'homepbp-wrong-server-'));
  const secrets = join(import.meta.dirname, '../fixtures/secrets');
  const inventory = join(folder, 'nodes.yaml');
  const { plan, files } = await generateProject({
    inventory,
    media,
    secrets,
    ipxeFolders: [],
    busyboxFolders: BUSYBOX_FOLDERS,
  });
  await rm(media, { recursive: true });
  return servedTreeOf(plan, files as readonly OutputFile[]);
}

interface Boot {
  readonly platform: 'pcbios' | 'efi';
  readonly start?: string;
  /** What the HTTP server gives for a name; of Genesis' own where it is undefined. */
  readonly answer: (path: string, asked: number) => string | null | undefined;
}

function boot({ platform, start = OVER_TFTP, answer }: Boot): IpxeWalk {
  const asked = new Map<string, number>();
  const card = { 'netX/mac': '52:54:00:12:34:01', 'netX/mac:hexhyp': MAC };
  const settings = { platform, 'next-server': 'GENESIS', ...card };
  return walkIpxe(start, {
    settings,
    lease: {},
    get(url) {
      if (!url.startsWith(tree.base)) return textAt(url, tree);
      asked.set(url, (asked.get(url) ?? 0) + 1);
      const given = answer(url.slice(tree.base.length + 1), asked.get(url) ?? 0);
      return given === undefined ? textAt(url, tree) : given;
    },
  });
}

describe('a server that has a page for every name', () => {
  const answer = () => PAGE;

  test('on BIOS: it is asked three times, nothing from it runs, and the disk boots', () => {
    const { end, console, seconds, fetches } = boot({ platform: 'pcbios', answer });
    assert.deepEqual(end, { kind: 'sanboot', drive: '0x80' });
    assert.match(console.join('\n'), /attempt 3 of 3[\s\S]* has a page for every name/);
    assert.equal(seconds, 6);
    assert.equal(fetches.filter(({ url }) => url.endsWith(ABSENT_SCRIPT)).length, 3);
  });

  test('on UEFI: iPXE detects it', () => {
    const { end, console, fetches } = boot({ platform: 'efi', answer });
    assert.deepEqual(end, { kind: 'exit', status: 1 });
    assert.match(console.join('\n'), /no working boot script at/);
    assert.ok(!fetches.some(({ url }) => url.endsWith(ABSENT_SCRIPT)));
  });

  test('that goes away: the next attempt succeeds and runs nothing older', () => {
    const goesAway = (path: string, asked: number) =>
      path === BOOT_SCRIPT || path === ABSENT_SCRIPT ? (asked < 3 ? PAGE : undefined) : undefined;
    const { end } = boot({ platform: 'pcbios', answer: goesAway });
    assert.equal(end.kind, 'kernel');
  });

  test('beside the right script, which DHCP named itself: still nothing else of it is run', () => {
    const start = `${tree.base}/${BOOT_SCRIPT}`;
    const beside = (path: string) => (path === BOOT_SCRIPT ? undefined : PAGE);
    const { end, console } = boot({ platform: 'pcbios', start, answer: beside });
    assert.deepEqual(end, { kind: 'sanboot', drive: '0x80' });
    assert.match(console.join('\n'), /has a page for every name/);
  });
});

for (const start of [OVER_TFTP, 'http://GENESIS:8080/boot.ipxe']) {
  test(`Genesis itself, from ${start}: one extra request, for a name that it does not have`, () => {
    const { end, fetches } = boot({ platform: 'pcbios', start, answer: () => undefined });
    assert.equal(end.kind, 'kernel');
    const missing = fetches.filter(({ found }) => !found).map(({ url }) => url);
    assert.deepEqual(missing, [`http://GENESIS:8080/${ABSENT_SCRIPT}`]);
  });
}

test('a router that serves only the TFTP files: genesis.ip is asked, whatever next-server says', async () => {
  const fixed = await treeOf('three-servers');
  const card = { 'netX/mac': '52:54:00:12:34:01', 'netX/mac:hexhyp': MAC };
  const { fetches } = walkIpxe('tftp://192.168.1.1/boot.ipxe', {
    settings: { platform: 'efi', 'next-server': '192.168.1.1', ...card },
    lease: {},
    get: (url) => textAt(url.replace('tftp://192.168.1.1/', `${fixed.tftp}/`), fixed),
  });
  const asked = fetches.filter(({ url }) => url.startsWith('http:')).map(({ url }) => url);
  const scripts = ['boot.ipxe', `nodes/${MAC}/boot.ipxe`];
  assert.deepEqual(
    asked,
    scripts.map((path) => `http://192.168.1.5:8080/${path}`),
  );
});
