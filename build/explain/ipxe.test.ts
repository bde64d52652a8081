// iPXE's rules, as our scripts rely on them.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resolveUri } from '../ipxe/uri.ts';
import { walkIpxe } from './ipxe.ts';

const START = 'tftp://h/boot.ipxe';

const CARD = { 'netX/mac': '52:54:00:12:34:01', 'netX/mac:hexhyp': '52-54-00-12-34-01' };

function walk(
  lines: readonly string[],
  files: Readonly<Record<string, string>> = {},
  platform = 'efi',
) {
  const texts: Record<string, string> = { [START]: `#!ipxe\n${lines.join('\n')}\n`, ...files };
  return walkIpxe(START, {
    settings: { platform, ...CARD },
    lease: { 'next-server': '10.0.0.1' },
    get: (url) => texts[url] ?? null,
  });
}

describe('an iPXE script', () => {
  const outcomes: [string, string[], string[]][] = [
    ['runs what follows && on success only', ['isset ${a} && echo no ||', 'echo yes'], ['yes']],
    ['runs what follows || on failure only', ['isset ${platform} || echo no', 'echo yes'], ['yes']],
    ['reads from left to right', ['iseq 1 2 && echo no || echo yes'], ['yes']],
    ['ends at a line that fails', ['isset ${a}', 'echo no'], []],
    ['goes to labels', ['goto end', 'echo no', ':end', 'echo yes'], ['yes']],
    ['keeps settings', ['set a x y', 'echo <${a}>'], ['<x y>']],
    ['expands the innermost name first', ['set n 1', 'set x1 yes', 'echo ${x${n}}'], ['yes']],
    ['counts', ['set n:int32 0', 'inc n', 'inc n', 'echo ${n}'], ['2']],
    ['gets a lease', ['isset ${next-server} || dhcp ||', 'echo ${next-server}'], ['10.0.0.1']],
    ['knows types', ['echo ${platform:string} ${netX/mac:hexhyp}'], ['efi 52-54-00-12-34-01']],
    ['skips comments', ['# echo no', 'echo yes # no'], ['yes']],
    ['runs what follows ; whatever was', ['isset ${a} ; echo yes'], ['yes']],
    ['closes cards', ['ifclose', 'isset ${netX/mac} && echo no ||', 'echo yes'], ['yes']],
    ['opens no card that is not there', ['ifopen net7 && echo no || echo yes'], ['yes']],
  ];
  for (const [name, lines, console] of outcomes) {
    test(name, () => assert.deepEqual(walk(lines).console, console));
  }

  test('chains to what exists, and continues where nothing does', () => {
    const lines = ['chain --timeout 10000 --replace nothing.ipxe ||', 'chain http://h:80/a/b.ipxe'];
    const files = { 'http://h:80/a/b.ipxe': '#!ipxe\nkernel ../k a=1 ${x} b || exit 1\nboot\n' };
    const { fetches, end, seconds } = walk(lines, { ...files, 'http://h:80/k': '' });
    assert.deepEqual(
      fetches.map(({ url, found }) => `${url} ${found}`),
      [
        `${START} true`,
        'tftp://h/nothing.ipxe false',
        'http://h:80/a/b.ipxe true',
        'http://h:80/k true',
      ],
    );
    assert.deepEqual(end, { kind: 'kernel', words: ['a=1', 'b'] });
    assert.equal(seconds, 10);
  });

  test('returns from a script that it calls, not from one that replaces it', () => {
    const files = {
      'tftp://h/broken': '#!ipxe\nset left yes\nisset ${nothing}\necho no\n',
      'tftp://h/replaced': '#!ipxe\nchain --replace broken || echo no\necho no\n',
      'tftp://h/leaves': '#!ipxe\nexit 1\n',
      'tftp://h/no-script': '<html>',
    };
    const calls = ['broken', 'replaced', 'leaves', 'no-script'];
    const lines = calls.map(
      (name) => `chain ${name} && echo no || echo after ${name} ${'${left}'}`,
    );
    const after = ['after broken yes', 'after replaced yes', 'after leaves yes'];
    assert.deepEqual(walk(lines, files).console, [...after, 'after no-script yes']);
  });

  test('runs the oldest of the images of a name, until they are freed', () => {
    const files = Object.fromEntries(
      ['old', 'new'].map((name) => [`tftp://h/${name}`, `#!ipxe\necho ${name}\nexit 1\n`]),
    );
    const fetched = ['old', 'new'].map((name) => `imgfetch --name image ${name}`);
    const run = 'imgexec --autofree image ||';
    assert.deepEqual(walk([...fetched, run], files).console, ['old']);
    assert.deepEqual(walk(fetched.join(' && imgfree && ').split('\n').concat(run), files).console, [
      'new',
    ]);
    const { fetches } = walk(['imgfetch nothing || echo no', 'imgexec old ||'], files);
    assert.deepEqual(
      fetches.slice(1).map(({ command, found }) => [command, found]),
      [
        ['imgfetch', false],
        ['chain', true],
      ],
    );
  });

  test('on BIOS, runs whatever file it is given, and does not come back', () => {
    const files = { 'tftp://h/page': '<html>', 'tftp://h/empty': '' };
    for (const call of ['chain page ||', 'chain --replace page ||']) {
      const lines = [call, 'echo back'];
      const { end, console } = walk(lines, files, 'pcbios');
      assert.deepEqual([end, console], [{ kind: 'boot program', url: 'tftp://h/page' }, []]);
      assert.deepEqual(walk(lines, files).console, ['back']);
    }
    assert.deepEqual(walk(['chain empty ||', 'echo back'], files, 'pcbios').console, ['back']);
  });

  test('ends as it says', () => {
    assert.deepEqual(walk(['exit 1']).end, { kind: 'exit', status: 1 });
    assert.deepEqual(walk(['isset ${a}']).end, { kind: 'exit', status: 1 });
    assert.deepEqual(walk(['echo']).end, { kind: 'exit', status: 0 });
    const disk = walk(['boot ||', 'sanboot --no-describe --drive 0x80 ||']);
    assert.deepEqual(disk.end, { kind: 'sanboot', drive: '0x80' });
  });

  test('that does not end, or has a command that we never write, is a fault', () => {
    assert.throws(() => walk([':again', 'goto again']), /does not end/);
    assert.throws(() => walk(['poweroff']), /unknown command 'poweroff'/);
    assert.throws(() => walk(['constructor']), /unknown command 'constructor'/);
  });
});

test('references are resolved as in RFC 3986, and hosts keep their letters', () => {
  assert.equal(resolveUri('b', 'http://GENESIS:8080/boot.ipxe'), 'http://GENESIS:8080/b');
  assert.equal(resolveUri('../../os/k', 'http://H/a/n/m/s'), 'http://H/a/os/k');
  assert.equal(resolveUri('http://X/y', 'tftp://H/z'), 'http://X/y');
});
