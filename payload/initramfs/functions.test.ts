// The parts of homepbp.d are sourced into one shell: a name that two of them give to a function is
// the later one's alone, without a word.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';

const PAYLOAD = join(import.meta.dirname, '..');
/** Everything that one shell sources: the initramfs script with its parts, and what a node's disk adds. */
const TOGETHER = [
  ['initramfs/scripts/homepbp', ...partsOf('initramfs/scripts/homepbp.d'), 'disk/labels.sh'],
  ['disk/prepare', ...partsOf('disk')],
];

function partsOf(folder: string): string[] {
  const names = readdirSync(join(PAYLOAD, folder)).filter((name) => name.endsWith('.sh'));
  return names.map((name) => `${folder}/${name}`);
}

/** Names of functions → where each is defined. */
function definitions(files: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of files) {
    const text = readFileSync(join(PAYLOAD, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/^[ \t]*([A-Za-z_]\w*)[ \t]*\(\)/gm)) {
      found.set(name, [...(found.get(name) ?? []), relative('.', file)]);
    }
  }
  return found;
}

for (const files of TOGETHER) {
  test(`no two functions of one name in what ${files[0]} sources`, () => {
    const found = definitions(files);
    assert.ok(found.size > 10, 'the functions are found');
    const twice = [...found].filter(([, places]) => places.length > 1);
    assert.deepEqual(twice, []);
  });
}
