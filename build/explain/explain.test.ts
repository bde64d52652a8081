// What `explain` says of the golden projects, against what their scripts say when read plainly.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { ABSENT_SCRIPT, TFTP_ROOT } from '../../contract/paths.ts';
import { formatBytes } from '../../messages/bytes.ts';
import { UserError } from '../../messages/user-error.ts';
import { BUSYBOX_FOLDERS } from '../fixtures/busybox.ts';
import type { OutputFile } from '../output.ts';
import type { NodePlan, Plan } from '../plan.ts';
import { generateProject } from '../project.ts';
import { snippetBootFile } from './dhcp.ts';
import { explain } from './explain.ts';
import { findNode } from './find-node.ts';
import { explainWords } from './kernel-words.ts';
import { explanationText } from './text.ts';

const GOLDENS = join(import.meta.dirname, '../goldens');

async function golden(t: TestContext, name: string) {
  const media = await mkdtemp(join(tmpdir(), 'homepbp-explain-'));
  t.after(() => rm(media, { recursive: true }));
  const folder = join(GOLDENS, name);
  const secrets = join(import.meta.dirname, '../fixtures/secrets');
  const inventory = join(folder, 'nodes.yaml');
  const home = join(folder, 'home');
  return generateProject({
    inventory,
    media,
    home,
    secrets,
    ipxeFolders: [],
    busyboxFolders: BUSYBOX_FOLDERS,
  });
}

/** The files that a machine is led to, script by script: its first one, or its kernel and initrds. */
function follow(files: readonly OutputFile[], mac: string, start: string): string[] {
  const followed = [start];
  for (let path = start; ; ) {
    const file = files.find((candidate) => candidate.path === path);
    assert.ok(file !== undefined && 'content' in file, path);
    const lines = String(file.content).split('\n');
    const chain = /(\S+\.ipxe) \|\|/.exec(
      lines.find((line) => /^(chain|imgfetch) /.test(line)) ?? '',
    );
    if (chain === null) {
      const loads = lines.filter((line) => /^(kernel|initrd) /.test(line));
      return [...followed, ...loads.map((line) => /\.\.\/\.\.\/(\S+)/.exec(line)?.[1] ?? '')];
    }
    path = (chain[1] ?? '').replace('${base}/', '').replace('${netX/mac:hexhyp}', mac);
    followed.push(path);
  }
}

function stepPaths(plan: Plan, files: readonly OutputFile[], node: NodePlan, mac: string) {
  return explain(plan, files, node, mac).firmwares.map(({ firmware, steps }) => ({
    firmware,
    ipxe: steps.filter(({ by, path }) => by === 'iPXE' && path !== null).map(({ path }) => path),
    initramfs: steps.filter(({ by }) => by === 'initramfs').map(({ path }) => path),
  }));
}

for (const name of readdirSync(GOLDENS)) {
  test(`golden ${name}: exactly the fetches of the scripts, with every firmware`, async (t) => {
    const { plan, files } = await golden(t, name);
    for (const node of plan.nodes) {
      for (const mac of node.macs) {
        const paths = stepPaths(plan, files, node, mac);
        assert.equal(paths.length, node.arch === 'amd64' ? 3 : 2);
        for (const { firmware, ipxe } of paths) {
          const first = firmware === 'BIOS' ? 'boot.ipxe' : 'autoexec.ipxe';
          assert.deepEqual(ipxe, follow(files, mac, `${TFTP_ROOT}/${first}`), `${mac} ${firmware}`);
          // Older iPXE for UEFI gets the other script, which must lead to the same.
          assert.deepEqual(ipxe.slice(1), follow(files, mac, `${TFTP_ROOT}/boot.ipxe`).slice(1));
        }
      }
    }
  });

  test(`golden ${name}: every word of the build's own has a meaning`, async (t) => {
    const { plan, files } = await golden(t, name);
    for (const node of plan.nodes) {
      const [mac = ''] = node.macs;
      const { kernel_line: words } = explain(plan, files, node, mac);
      assert.equal(words.length > 0, node.boot !== 'local' && node.system.assets.length > 0);
      const own = words.filter(({ word }) => !node.kernelArgs.includes(word));
      assert.deepEqual(
        own.filter(({ known }) => !known),
        [],
      );
    }
  });
}

describe('explain', () => {
  test('follows a script that changes', async (t) => {
    const { plan, files } = await golden(t, 'custom-os');
    const [node] = plan.nodes;
    assert.ok(node !== undefined);
    const [mac = ''] = node.macs;
    const more = files.map((file) =>
      file.path === `nodes/${mac}/boot.ipxe` && 'content' in file
        ? {
            ...file,
            content: String(file.content).replace(
              '\nboot ',
              '\ninitrd ../../os/x || goto failed\nboot ',
            ),
          }
        : file,
    );
    const [first] = explain(plan, [...more, { path: 'os/x', content: 'x' }], node, mac).firmwares;
    const step = first?.steps.find(({ path }) => path === 'os/x');
    assert.deepEqual([step?.found, step?.bytes], [true, 1]);
  });

  test('names what the initramfs fetches, in its order, with sizes', async (t) => {
    const { plan, files } = await golden(t, 'custom-os');
    const [node] = plan.nodes;
    assert.ok(node !== undefined);
    const seed = (file: string) => `nodes/dc-a6-32-00-00-01/${file}`;
    const [first] = stepPaths(plan, files, node, 'dc-a6-32-00-00-01');
    assert.deepEqual(first?.initramfs, [
      null,
      ...['meta-data', 'user-data', 'vendor-data', 'network-config'].map(seed),
      'os/custom-arm64/fetch.list',
      'os/custom-arm64/rootfs.squashfs',
      'os/custom-arm64/vmlinuz',
      'os/custom-arm64/initrd',
      'os/custom-arm64/homepbp.cpio',
      'os/custom-arm64/debs/linux-modules-6.1.0_arm64.deb',
    ]);
    const { firmwares } = explain(plan, files, node, 'dc-a6-32-00-00-01');
    const root = firmwares[0]?.steps.find(({ path }) => path?.endsWith('rootfs.squashfs') === true);
    assert.deepEqual([root?.bytes, root?.found], [23, true]);
  });

  test('says what a warm boot fetches: what iPXE loads, and the small files', async (t) => {
    const { plan, files } = await golden(t, 'custom-os');
    const { node, mac } = findNode(plan.nodes, 'dc-a6-32-00-00-01');
    const { firmwares, afterwards } = explain(plan, files, node, mac);
    const text = afterwards.join('\n');
    const fetched = (firmwares[0]?.steps ?? []).filter(({ by, bytes, path }) => {
      const cold = by === 'initramfs' && path?.startsWith('os/') && !path.endsWith('fetch.list');
      return by !== 'firmware' && bytes !== null && !cold;
    });
    const sum = fetched.reduce((bytes, step) => bytes + (step.bytes ?? 0), 0);
    assert.ok(
      text.includes(
        `fetches ${formatBytes(sum)} in ${fetched.length} files: vmlinuz, homepbp.cpio, initrd,`,
      ),
      text,
    );
    assert.match(text, /a key that stays on its disk, and gets its secrets, encrypted to it/);
    const inRam = explain(plan, files, { ...node, disk: 'none' }, mac).afterwards.join('\n');
    assert.match(inRam, /a key that is new at each boot, and gets the secrets of an agent/);
    assert.doesNotMatch(inRam, /warm boot|from its disk/);
  });

  test("without media: boots from disk in each firmware's way, and says what to run", async (t) => {
    const { plan, files } = await golden(t, 'one-node-defaults');
    const { node, mac } = findNode(plan.nodes, 'k8s-node01');
    const { firmwares, kernel_line, afterwards } = explain(plan, files, node, mac);
    assert.deepEqual(kernel_line, []);
    assert.match(firmwares[0]?.end ?? '', /local disk \(drive 0x80\)/);
    assert.match(firmwares[1]?.end ?? '', /next boot entry/);
    assert.match(firmwares[0]?.screen.join('\n') ?? '', /run \.\/homepbp fetch/);
    assert.match(firmwares[0]?.if_silent ?? '', /^tries 3 times, for at most 36 s/);
    assert.match(afterwards.join(' '), /os\/20\.04-amd64 is not in media/);
    const program = firmwares[0]?.steps.find(({ path }) => path === 'tftp/undionly.kpxe');
    assert.equal(program?.found, false);
    assert.match(program?.note ?? '', /run \.\/homepbp fetch, or install the package ipxe/);
  });

  test('on BIOS, shows the name that must not exist', async (t) => {
    const { plan, files } = await golden(t, 'recovery');
    const { node, mac } = findNode(plan.nodes, 'broken');
    const explained = explain(plan, files, node, mac);
    const asks = explained.firmwares.map(({ firmware, steps }) => [
      firmware,
      steps.filter(({ what }) => what.endsWith(ABSENT_SCRIPT)).map(({ found }) => found),
    ]);
    assert.deepEqual(asks, [
      ['BIOS', [true]],
      ['UEFI x64', []],
      ['UEFI x64 HTTP boot', []],
    ]);
    const text = explanationText(explained, (_, plain) => plain);
    assert.match(text, /HTTP {12}http:\S+\/must-be-absent\.ipxe {2}\(must not exist/);
  });

  test('as text, what all firmware shares is shown once', async (t) => {
    const { plan, files } = await golden(t, 'recovery');
    const { node, mac } = findNode(plan.nodes, '5254.0012.3401');
    const text = explanationText(explain(plan, files, node, mac), (_, plain) => plain);
    assert.equal(text.match(/iPXE .*os\/custom-amd64\/vmlinuz/g)?.length, 1);
    assert.match(
      text,
      /^broken 52-54-00-12-34-01: amd64, server, boot: recovery, os\/custom-amd64$/m,
    );
    assert.match(text, /^ {2}iPXE {7}HTTP {5}528 B {2}os\/custom-amd64\/vmlinuz$/m);
    assert.match(text, /^ {2}homepbp\.mode=recovery +the node boots for maintenance$/m);
    assert.match(text, /for maintenance \(boot: recovery\)/);
    assert.doesNotMatch(text, /undefined|null|\$\{/);
  });
});

describe('a node is found', () => {
  const nodeOf = (name: string, ...macs: string[]) => ({ name, macs }) as unknown as NodePlan;
  const nodes = [
    nodeOf('k8s-node01', '52-54-00-12-34-01', '52-54-00-12-34-11'),
    nodeOf('k8s-node02', '52-54-00-12-34-02'),
  ];
  for (const [wanted, mac] of [
    ['k8s-node01', '52-54-00-12-34-01'],
    ['52:54:00:12:34:11', '52-54-00-12-34-11'],
    ['525400123402', '52-54-00-12-34-02'],
    ['5254.0012.3402', '52-54-00-12-34-02'],
  ] as const) {
    test(`by ${wanted}`, () => assert.equal(findNode(nodes, wanted).mac, mac));
  }
  for (const [wanted, message] of [
    [
      'k8s-nod02',
      /no node 'k8s-nod02'\n {2}hint: did you mean 'k8s-node02'\?\nnodes:\n {2}k8s-node01/,
    ],
    ['zebra', /^no node 'zebra'\nnodes:/],
    ['52:54:00:12:34:03', /unknown\.ipxe.*\n {2}hint: did you mean 52-54-00-12-34-01, k8s-node01/],
  ] as const) {
    test(`not by ${wanted}`, () => {
      assert.throws(
        () => findNode(nodes, wanted),
        (error: unknown) => {
          assert.ok(error instanceof UserError);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});

test("kernel words: usual ones, a module's, the user's own", () => {
  const meanings = explainWords([
    'console=ttyS1,115200n8',
    'console=tty0',
    'a.b=1',
    'x',
    'homepbp.y=1',
  ]);
  assert.deepEqual(
    meanings.map(({ meaning, known }) => [meaning, known]),
    [
      ['kernel messages, and a login, on serial port 1 at 115200 baud', true],
      ['kernel messages, and a login, on the screen', true],
      ["yours: a setting for 'a', passed on unchanged", false],
      ['yours: passed on to the kernel unchanged', false],
      ['unknown to HomePBP: ignored with a message', false],
    ],
  );
});

test('the DHCP snippet is read as dnsmasq reads it', () => {
  const conf = [
    'dhcp-match=set:ipxe,175',
    'dhcp-match=set:efi,option:client-arch,7',
    'dhcp-boot=fallback,,10.0.0.1',
    'dhcp-boot=tag:!ipxe,bios,,10.0.0.1',
    'dhcp-boot=tag:!ipxe,tag:efi,efi,,10.0.0.1',
  ].join('\n');
  assert.equal(snippetBootFile(conf, 0, false), 'bios');
  assert.equal(snippetBootFile(conf, 7, false), 'efi');
  assert.equal(snippetBootFile(conf, 7, true), 'fallback');
  assert.equal(snippetBootFile('# nothing', 7, true), null);
});
