// The node's disk as the initramfs sees it: what it asks the disk program, and what it makes of the answer.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { makeRoot, runParts, SHELLS, SKIP } from '../run-parts.trial.ts';

const META = 'local-hostname: "node-a"\nhomepbp-disk: "auto"\nhomepbp-wipe: "t1"\n';
const STATE = '{\n  "version": 1,\n  "uuid": "0f-1",\n  "node": "node-a"\n}\n';

/** Mounts are written down; what is "mounted" at STATE is there from the start. */
const MOUNTS = `
  mount() { echo "mount $*" | sed "s|$ROOT||g" >>"$ROOT/mounts"; }
  umount() { echo "umount $*" | sed "s|$ROOT||g" >>"$ROOT/mounts"; }
  HOMEPBP_MODE=live`;

for (const shell of SHELLS) {
  describe(`disk in ${shell.join(' ')}`, { skip: SKIP }, () => {
    const prepare = (t: TestContext, answer: string, { meta = META, more = '' } = {}) => {
      const root = makeRoot(t, {
        'run/homepbp/seed/meta-data': meta,
        'run/homepbp/state/var/lib/homepbp/state.json': STATE,
        'root/etc/issue': 'Debian\n',
      });
      const script = `${MOUNTS}
        in_root() { echo "$NODE $DISK $WIPE $1" >>"$ROOT/asked"; ${answer} }
        ${more}
        prepare_disk`;
      const ran = runParts(shell, root, script);
      const read = (path: string) =>
        existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';
      return { ...ran, read, json: JSON.parse(read('run/homepbp/disk.json')) };
    };
    const answers = (line: string) =>
      `echo "${line}" >"$ROOT/run/homepbp/disk.result"; echo shown;`;

    test('what the program found is mounted, and told', (t) => {
      const { json, read, console } = prepare(t, answers('use vda vda4 vda3 vda1'));
      assert.deepEqual(json, {
        version: 1,
        state: 'mounted',
        device: '/dev/vda4',
        disk: '/dev/vda',
        boot: '/dev/vda3',
        esp: '/dev/vda1',
        reason: null,
        uuid: '0f-1',
        node: 'node-a',
      });
      assert.equal(read('asked'), 'node-a auto t1 /usr/lib/homepbp/disk/prepare\n');
      assert.match(read('mounts'), /^mount -t ext4 \/dev\/vda4 \/run\/homepbp\/state$/m);
      assert.match(read('mounts'), /^mount -t ext4 \/dev\/vda3 \/run\/homepbp\/boot$/m);
      assert.match(console, /^homepbp: disk: shown$/m);
    });

    test('a BOOT that is mounted already becomes writable', (t) => {
      const { read } = prepare(t, answers('use vda vda4 vda3 -'), { more: 'BOOT_IN_USE=vda3' });
      assert.match(read('mounts'), /^mount -o remount,rw \/run\/homepbp\/boot$/m);
    });

    test('a refusal is said on the console, at the login and in disk.json', (t) => {
      const { status, json, read, console } = prepare(
        t,
        answers('refuse sda: it holds \\"ntfs\\"'),
      );
      assert.equal(status, 0);
      assert.equal(json.state, 'refused');
      assert.equal(json.reason, 'sda: it holds "ntfs"');
      assert.match(console, /NO STATE: sda: it holds "ntfs"\nhomepbp: {3}k3s will not start/);
      assert.match(read('root/etc/issue'), /^Debian\nHomePBP: NO STATE, so k3s does not start/);
      assert.doesNotMatch(read('mounts'), /state$/m);
    });

    test('a program that ends without an answer is a refusal', (t) => {
      assert.match(prepare(t, 'return 1;').json.reason, /stopped early/);
    });

    test("'disk: none' is said on the console and at the login", (t) => {
      const { console, read } = prepare(t, '', { meta: 'homepbp-disk: "none"\n' });
      assert.match(console, /'disk: none': this node keeps its data in RAM/);
      for (const file of ['issue', 'motd']) {
        assert.match(
          read(`root/etc/${file}`),
          /^HomePBP: 'disk: none': this node keeps its data in RAM/m,
        );
      }
      assert.match(read('mounts'), /^mount -t tmpfs .* \/run\/homepbp\/state$/m);
    });

    for (const [why, options, state] of [
      ['recovery', { more: 'HOMEPBP_MODE=recovery' }, 'none'],
      ["'disk: none'", { meta: 'homepbp-disk: "none"\n' }, 'none'],
    ] as const) {
      test(`${why} asks for no disk`, (t) => {
        const { json, read } = prepare(t, answers('use vda vda4 vda3 vda1'), options);
        assert.deepEqual([json.state, json.device], [state, null]);
        assert.equal(read('asked'), '');
        assert.doesNotMatch(read('mounts'), /\/dev\/v/);
      });
    }

    const find = (t: TestContext, state: string, more = '') => {
      const files = Object.fromEntries(
        ['ESP', 'BIOS', 'BOOT', 'STATE'].flatMap((label, index) => [
          [`sys/block/vda/vda${index + 1}/partition`, `${index + 1}\n`],
          [`sys/block/vda/vda${index + 1}/uevent`, `PARTNAME=HOMEPBP_${label}\n`],
        ]),
      );
      const root = makeRoot(t, {
        ...files,
        'proc/uptime': '12.34 20.00\n',
        'run/homepbp/seed/meta-data': META,
        'run/homepbp/disk.peek/var/lib/homepbp/state.json': state,
        'run/homepbp/disk.peek/var/lib/homepbp/wiped': 't1\n',
      });
      const script = `${MOUNTS}; load_module() { :; }; udevadm() { :; }; ${more}
        find_disk; echo "in use: $BOOT_IN_USE, settled at $SETTLED_AT"`;
      const { console } = runParts(shell, root, script);
      const mounts = existsSync(join(root, 'mounts'))
        ? readFileSync(join(root, 'mounts'), 'utf8')
        : '';
      return { console, mounts };
    };

    test("this node's BOOT is mounted read-only, its STATE looked at without its journal", (t) => {
      const { console, mounts } = find(t, STATE);
      assert.match(console, /in use: vda3, settled at 12/);
      assert.deepEqual(mounts.trim().split('\n'), [
        'mount -t ext4 -o ro,noload /dev/vda4 /run/homepbp/disk.peek',
        'umount /run/homepbp/disk.peek',
        'mount -t ext4 -o ro /dev/vda3 /run/homepbp/boot',
      ]);
    });

    for (const [what, state, more] of [
      ["another node's", STATE.replace('node-a', 'node-b'), ''],
      ['an unreadable one', '', ''],
      ['one to be wiped', STATE, 'rm "$ROOT/run/homepbp/disk.peek/var/lib/homepbp/wiped"'],
      ['a second HOMEPBP_BOOT', STATE, 'cp -r "$ROOT/sys/block/vda" "$ROOT/sys/block/vdb"'],
      [
        'an unfinished one',
        STATE,
        'echo PARTNAME=HOMEPBP_BOOT.new >"$ROOT/sys/block/vda/vda3/uevent"',
      ],
    ] as const) {
      test(`${what} is not mounted`, (t) => {
        const { console, mounts } = find(t, state, more);
        assert.match(console, /in use: ,/);
        assert.doesNotMatch(mounts, /homepbp\/boot/);
      });
    }
    for (const [what, more] of [
      ['recovery', 'HOMEPBP_MODE=recovery'],
      ["'disk: none'", 'seed_value() { echo none; }'],
    ]) {
      test(`${what} looks at no disk`, (t) => {
        assert.equal(find(t, STATE, more).mounts, '');
      });
    }

    test('what is kept is bound; machine-id and folders of logs are made once', (t) => {
      const root = makeRoot(t, {
        'proc/mounts': '',
        'proc/sys/kernel/random/uuid': '0f0e0d0c-1111-2222-3333-444455556666\n',
      });
      mkdirSync(join(root, 'run/homepbp/state'));
      const script = `${MOUNTS}
        in_root() { echo "in_root $*" | sed "s|$ROOT||g" >>"$ROOT/mounts"; }
        echo "/dev/vda4 $STATE_DIR ext4 rw 0 0" >"$ROOT/proc/mounts"
        bind_state; echo 1-2 >"$ROOT/proc/sys/kernel/random/uuid"; rm "$NEW_ROOT/etc/machine-id"; bind_state`;
      const { status, console } = runParts(shell, root, script);
      assert.equal(status, 0, console);
      const id = join(root, 'root/etc/machine-id');
      assert.equal(readFileSync(id, 'utf8'), '0f0e0d0c111122223333444455556666\n');
      assert.equal(statSync(id).mode & 0o777, 0o444);
      const mounts = readFileSync(join(root, 'mounts'), 'utf8');
      for (const folder of ['var/lib/rancher', 'var/lib/homepbp', 'var/log', 'etc/rancher']) {
        assert.ok(
          mounts.includes(`mount -o bind /run/homepbp/state/${folder} /root/${folder}\n`),
          folder,
        );
      }
      assert.match(mounts, /in_root cp -an \/var\/log\/\. \/run\/homepbp\/state\/var\/log\//);
    });

    test('without STATE nothing is bound', (t) => {
      const root = makeRoot(t, { 'proc/mounts': '' });
      runParts(shell, root, `${MOUNTS}; bind_state`);
      assert.ok(!existsSync(join(root, 'mounts')));
    });
  });
}
