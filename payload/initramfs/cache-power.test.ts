// Whatever is interrupted while the slots of the disk are changed, one stays complete.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { runParts, SHELLS, SKIP } from '../run-parts.trial.ts';
import {
  cache,
  filesBelow,
  makeDisk,
  NEW,
  OLD,
  pointer,
  slotFiles,
  slotsOf,
} from './slots.trial.ts';

/**
 * Ends everything after the n-th change of the disk, as a power cut would. Each program that changes it
 * counts as one; a copy of a folder as one for each file.
 */
function cutAfter(n: number): string {
  const counted = ['mv', 'ln', 'rm', 'mkdir'].map(
    (name) => `${name}() { command ${name} "$@"; local s=$?; step; return $s; }\n`,
  );
  return `count=0
    step() { count=$((count + 1)); [ "$count" -lt ${n} ] || { : >"$ROOT/cut"; exit 9; }; }
    cp() {
      local s file
      if [ "$1" = -r ]; then
        mkdir "$3" || return 1
        for file in "$2"/*; do cp "$file" "$3/" || return 1; done
      else
        command cp "$@"; s=$?; step; return $s
      fi
    }
    ${counted.join('')}`;
}

for (const shell of SHELLS) {
  describe(`cache without power in ${shell.join(' ')}`, { skip: SKIP }, () => {
    test('a power cut after any step leaves the slot that the pointer names whole', (t) => {
      const files = {
        ...slotFiles('a', OLD, { proven: '' }),
        ...slotFiles('b', { ...OLD, 'rootfs.squashfs': 'root 0' }, { proven: '' }),
        'run/homepbp/boot/current.cfg': 'set homepbp_current=a\n',
      };
      const wholeSystems = [OLD, NEW].map((system) => system['rootfs.squashfs']);
      let cuts = 0;
      for (let step = 1; ; step += 1) {
        const root = makeDisk(t, NEW, files);
        cache(shell, root, cutAfter(step));
        const slot = pointer(root).trim().slice(-1);
        const found = slotsOf(root)[slot] ?? {};
        assert.ok(wholeSystems.includes(found['rootfs.squashfs'] ?? ''), `step ${step}: ${slot}`);
        for (const name of [
          'vmlinuz',
          'initrd',
          'homepbp.cpio',
          'fetch.list',
          'slot.cfg',
          'seed/user-data',
        ]) {
          assert.ok((found[name] ?? '') !== '', `step ${step}: ${slot}/${name}`);
        }
        if (!existsSync(join(root, 'cut'))) break;
        cuts += 1;
      }
      assert.ok(cuts >= 10, `only ${cuts} steps were cut`);
    });

    for (const [what, folder] of [
      ['its seed is renewed', 'seed'],
      ['its seed is renewed once more, after a cut between the two renames', 'seed.new'],
    ] as const) {
      test(`a power cut after any step in which ${what} leaves the slot a whole one`, (t) => {
        const seeds = ['old', 'x'].map((token) => ({
          'meta-data': `of: ${token}\n`,
          'user-data': `token: ${token}\n`,
        }));
        const below = (place: string, seed = {}) =>
          Object.fromEntries(Object.entries(seed).map(([name, text]) => [place + name, text]));
        const { 'run/homepbp/boot/b/seed/user-data': _, ...slot } = slotFiles('b', NEW);
        const files = {
          ...slot,
          ...below(`run/homepbp/boot/b/${folder}/`, seeds[0]),
          ...below('run/homepbp/seed/', seeds[1]),
          'run/homepbp/boot/current.cfg': 'set homepbp_current=b\n',
        };
        let cuts = 0;
        for (let step = 1; ; step += 1) {
          const root = makeDisk(t, NEW, files);
          const { console } = cache(shell, root, cutAfter(step));
          const place = runParts(shell, root, 'seed_of_slot b').console;
          const found = filesBelow(place);
          const isWhole = seeds.some((seed) => isDeepStrictEqual(found, seed));
          assert.ok(isWhole, `step ${step}: ${place} has ${JSON.stringify(found)}\n${console}`);
          if (!existsSync(join(root, 'cut'))) {
            assert.deepEqual(found, seeds[1]);
            assert.match(place, /\/seed$/);
            break;
          }
          cuts += 1;
        }
        assert.ok(cuts >= 6, `only ${cuts} steps were cut`);
      });
    }
  });
}
