import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeRoot, runParts, SHELLS, SKIP } from '../run-parts.trial.ts';

const SHA = '0123456789abcdef'.repeat(4);
const DEB = 'debs/linux-modules-5.4.0-216-generic_5.4.0-216.236_amd64.deb';
const GOOD = [
  `${SHA} 1000 rootfs.squashfs`,
  `${SHA} 200 ${DEB} http://archive.example/pool/a.deb https://archive.example/a.deb`,
  `${SHA} 30 debs/modules-5.4.0.tar`,
];

for (const shell of SHELLS) {
  describe(`fetch.list in ${shell.join(' ')}`, { skip: SKIP }, () => {
    const check = (t: Parameters<typeof makeRoot>[0], lines: readonly string[], script = '') =>
      runParts(
        shell,
        makeRoot(t, { 'run/homepbp/fetch.list': `${lines.join('\n')}\n` }),
        `REBOOT_DELAY=0; check_fetch_list "$FETCH_LIST"; ${script}`,
      );

    test('a good list is accepted, and its sizes add up', (t) => {
      const { status, console } = check(
        t,
        GOOD,
        `echo "$(total_bytes '*') $(total_bytes 'debs/*.deb') $(listed 'debs/*.tar')"`,
      );
      assert.equal(status, 0);
      assert.equal(console, '1230 200 debs/modules-5.4.0.tar\n');
    });

    for (const path of [
      '../../etc/x',
      'debs/../../x',
      '/etc/passwd',
      'debs//x.deb',
      './x',
      'debs/.',
      '-rf',
      'debs/$(reboot).deb',
      'debs/`x`.deb',
      'debs/a*.deb',
      'debs/',
    ]) {
      test(`the path ${path} is refused`, (t) => {
        const { status, console } = check(t, [...GOOD, `${SHA} 5 ${path}`]);
        assert.equal(status, 1);
        assert.match(console, /CANNOT CONTINUE: fetch.list cannot be used: line 4 is not/);
      });
    }

    for (const [what, line] of [
      ['a short hash', `${SHA.slice(1)} 5 a`],
      ['an upper-case hash', `${SHA.toUpperCase()} 5 a`],
      ['a size that is not a number', `${SHA} 5k a`],
      ['a negative size', `${SHA} -5 a`],
      ['a size that overflows', `${SHA} 99999999999999999999 a`],
      ['an octal size', `${SHA} 010 a`],
      ['no path', `${SHA} 5`],
      ['an empty line', ''],
    ]) {
      test(`${what} is refused`, (t) => {
        const { status, console } = check(t, [...GOOD, line ?? '']);
        assert.equal(status, 1);
        assert.match(console, /line 4 is not/);
      });
    }

    test('a path that comes twice is refused', (t) => {
      assert.match(
        check(t, [...GOOD, `${SHA} 5 ${DEB}`]).console,
        /line 4: duplicate path debs\/linux/,
      );
    });

    test('a list without a root image is refused', (t) => {
      assert.match(check(t, GOOD.slice(1)).console, /rootfs.squashfs is not listed/);
    });

    test('a file is asked of Genesis first, then of its own http URLs', (t) => {
      const script = `
        HOMEPBP_BASE=http://g HOMEPBP_OS=os/x
        fetch_verified() { echo "verify $*"; }
        fetch_listed ${DEB} /tmp/out`;
      const { console } = check(t, GOOD, script);
      assert.match(
        console,
        new RegExp(
          `^verify ${DEB} /tmp/out 200 ${SHA} http://g/os/x/${DEB} http://archive.example/pool/a.deb$`,
          'm',
        ),
      );
    });

    test("a package's %3a is a percent sign in a URL", (t) => {
      const { console } = check(t, GOOD, "escape_percent 'debs/a_1%3a2.deb'");
      assert.equal(console, 'debs/a_1%253a2.deb');
    });
  });
}
