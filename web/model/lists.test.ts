// What the page derives from the tree: media, previews, counts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFetched, mediaGroups } from './media.ts';
import { previewLines } from './preview.ts';
import { foundingWords, noNodesWords, summarize } from './summary.ts';

const MANIFEST = {
  'boot.ipxe': { size: 1 },
  'k3s/v1.34.10-k3s1/k3s-amd64': { size: 70 },
  'os/24.04-amd64/debs/linux-modules.deb': { size: 5 },
  'os/24.04-amd64/fetch.list': { size: 2 },
  'os/24.04-amd64/homepbp.cpio': { size: 3 },
  'os/24.04-amd64/vmlinuz': { size: 10 },
  'tftp/ipxe.efi': { size: 4 },
};

test('media by folder, including deeper files', () => {
  assert.deepEqual(
    mediaGroups(MANIFEST).map(({ folder, size, files }) => [folder, size, files.length]),
    [
      ['k3s/v1.34.10-k3s1', 70, 1],
      ['os/24.04-amd64', 20, 4],
      ['tftp', 4, 1],
    ],
  );
  assert.equal(mediaGroups(MANIFEST)[1]?.files[0]?.name, 'debs/linux-modules.deb');
});

test('a system is fetched when its list exists', () => {
  assert.equal(isFetched(MANIFEST, '24.04-amd64'), true);
  assert.equal(isFetched(MANIFEST, '22.04-amd64'), false);
});

test('comments of a preview', () => {
  const text = '#cloud-config\n# a comment\na: 1\n\n#!ipxe\n';
  assert.deepEqual(previewLines(text), [
    { comment: false, text: '#cloud-config' },
    { comment: true, text: '# a comment' },
    { comment: false, text: 'a: 1' },
    { comment: false, text: '' },
    { comment: false, text: '#!ipxe' },
  ]);
});

test('what needs attention comes first', () => {
  const cards = (['ready', 'unseen', 'failed', 'ready'] as const).map((state) => ({ state }));
  assert.deepEqual(
    summarize(cards).map(({ words }) => words),
    ['1 failed', '2 ready', '1 not seen yet'],
  );
  assert.equal(summarize([{ state: 'plain' }])[0]?.words, '1 node');
});

test('without nodes, what to do; not where no machine can appear', () => {
  assert.match(noNodesWords('live'), /^None yet\. Switch on a machine .* it appears here/);
  assert.equal(noNodesWords('none'), 'None yet.');
});

test('founding in words', () => {
  assert.equal(foundingWords({ founded: false }, 0), 'not founded yet');
  assert.equal(foundingWords({ founded: true }, 0), 'founded');
  assert.equal(
    foundingWords({ founded: true, founder: 'k8s-node01', at: 0 }, 180_000),
    'founded by k8s-node01, 3 min ago',
  );
});
