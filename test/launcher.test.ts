// The command line as a user meets it: the launcher, messages, exit status.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-launcher-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** npm's own variables are left out, since homepbp reads flags from them. */
function cleanEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')),
  );
}

function homepbp(args: readonly string[], cwd: string, path = process.env.PATH) {
  return spawnSync(join(ROOT, 'homepbp'), args, {
    cwd,
    encoding: 'utf8',
    env: { ...cleanEnvironment(), PATH: path },
  });
}

test('--help of a command says what it does, and is not an error', (t) => {
  const { status, stdout } = homepbp(['build', '--help'], scratch(t));
  assert.equal(status, 0);
  assert.match(
    stdout,
    /^builds nodes\.yaml → dist\/\n\nusage: \.\/homepbp build \[flags\]\n\nflags:\n {2}--inventory FILE +the inventory \(default: nodes\.yaml\)\n/,
  );
});

test('without a command, and with --help, the commands are listed', (t) => {
  const folder = scratch(t);
  for (const args of [[], ['help'], ['--help'], ['help', '--help']]) {
    const { status, stdout } = homepbp(args, folder);
    assert.equal(status, args.length === 0 ? 1 : 0);
    assert.match(
      stdout,
      /^usage: \.\/homepbp COMMAND.*\n\n {2}init .*\n\nfor developers .*:\n {2}test /s,
    );
  }
  assert.match(homepbp(['help', 'build'], folder).stdout, /^builds .*usage: \.\/homepbp build/s);
});

test('an unknown command is answered with the nearest one', (t) => {
  const folder = scratch(t);
  for (const [word, meant] of [
    ['bild', 'build'],
    ['run', 'start'],
    ['kube', 'kubeconfig'],
  ] as const) {
    const { status, stderr } = homepbp([word], folder);
    assert.equal(status, 1);
    assert.equal(
      stderr,
      `homepbp: unknown command '${word}'; did you mean '${meant}'?\n  hint: ./homepbp --help lists the commands\n`,
    );
  }
  assert.match(homepbp(['xyzzy\x1b'], folder).stderr, /unknown command 'xyzzy\\u001b'\n/);
});

test('--version prints the version of package.json', (t) => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const flag of ['--version', '-V']) {
    assert.deepEqual(homepbp([flag], scratch(t)).stdout, `${version}\n`);
  }
});

test('without nodes.yaml: one clear error, no stack trace, nothing made', (t) => {
  const folder = scratch(t);
  const { status, stderr } = homepbp(['build'], folder);
  assert.equal(status, 1);
  assert.match(stderr, /^nodes\.yaml: no such file\n {2}hint: /);
  assert.doesNotMatch(stderr, /\n {4}at /);
  assert.deepEqual(readdirSync(folder), []);
});

test('a fault has its file:line:col and exit status 1', (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, 'nodes.yaml'), 'nodes:\n  - name: a\n    mak: 52:54:00:00:00:01\n');
  const { status, stderr } = homepbp(['build'], folder);
  assert.equal(status, 1);
  assert.match(stderr, /^nodes\.yaml:3:5: unknown key 'mak'$/m);
});

test('unexpected arguments and a swallowed flag are refused', (t) => {
  const folder = scratch(t);
  assert.match(homepbp(['build', 'now'], folder).stderr, /build: .*'now'/);
});

/** For bash: `"$@"` with its standard output in a pipe whose reader is gone. */
const WITHOUT_READER = 'mkfifo p && exec 3<>p 4>p 3<&- && "$@" >&4';

test('a reader that closes the pipe ends a command without a word', (t) => {
  const run = (script: string, ...args: string[]) =>
    spawnSync('bash', ['-c', script, 'bash', join(ROOT, 'homepbp'), ...args], {
      cwd: scratch(t),
      encoding: 'utf8',
      env: cleanEnvironment(),
    });
  for (const args of [['--help'], ['build', '--help'], []]) {
    const { status, stderr } = run(WITHOUT_READER, ...args);
    assert.deepEqual([status, stderr], [141, ''], args.join(' '));
  }
  assert.equal(run('mkfifo p && exec 3<>p 4>p 3<&- && "$@" 2>&4', 'bild').status, 1);
  const full = run('"$@" > /dev/full', 'build', '--help');
  assert.equal(full.status, 1);
  assert.match(full.stderr, /^homepbp: the output cannot be written: .*ENOSPC.*\n$/);
});

test('a PATH without Node.js, as sudo may leave it, finds the pinned one', (t) => {
  const { status, stdout, stderr } = homepbp(['help'], scratch(t), '/usr/sbin:/sbin');
  if (!readdirSync(join(ROOT, 'node_modules')).some((name) => name.startsWith('node-'))) {
    assert.match(stderr, /no Node\.js found/);
  } else {
    assert.equal(status, 0, stderr);
    assert.match(stdout, /usage:/);
  }
});

const PLATFORM = `${process.platform}-${process.arch}`;

/**
 * A copy of the launcher alone.
 * @param pinned what stands for the pinned Node.js, by package
 */
function copyLauncher(t: TestContext, pinned: Readonly<Record<string, string>> = {}): string {
  const home = scratch(t);
  for (const name of ['homepbp', 'homepbp.mjs']) copyFileSync(join(ROOT, name), join(home, name));
  for (const [name, text] of Object.entries(pinned)) {
    const path = join(home, 'node_modules', name, 'bin/node');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode: 0o755 });
  }
  return home;
}

/** Runs the copy under this Node.js, which a flag keeps from running TypeScript, as an old one would. */
function runAsOld(home: string) {
  return spawnSync(process.execPath, ['--no-experimental-strip-types', 'homepbp.mjs', 'build'], {
    cwd: home,
    encoding: 'utf8',
    env: cleanEnvironment(),
  });
}

test('a Node.js that is too old hands over to the pinned one of this platform', (t) => {
  const home = copyLauncher(t, {
    'node-atari-m68k': '#!/bin/sh\necho wrong\n',
    [`node-bin-${PLATFORM}`]: '#!/bin/sh\necho "pinned: ${1##*/} $2"; exit 7\n',
  });
  const { status, stdout } = runAsOld(home);
  assert.deepEqual([status, stdout], [7, 'pinned: homepbp.mjs build\n']);
});

test('where the pinned Node.js is missing or does not run, it says which version to install', (t) => {
  const advice = /Run 'npm ci' in .*, or install Node\.js 22\.18 or newer/;
  for (const pinned of [{}, { [`node-${PLATFORM}`]: '#!/no/such/loader\n' }]) {
    const { status, stderr } = runAsOld(copyLauncher(t, pinned));
    assert.equal(status, 1);
    assert.match(stderr, advice);
    assert.doesNotMatch(stderr, /\n {4}at /);
  }
  const path = join(scratch(t), 'bin');
  mkdirSync(path);
  for (const program of ['sh', 'readlink']) symlinkSync(`/bin/${program}`, join(path, program));
  const home = copyLauncher(t, { 'node-linux-s390x': 'no program\0' });
  const { status, stderr } = spawnSync(join(home, 'homepbp'), ['build'], {
    encoding: 'utf8',
    env: { PATH: path },
  });
  assert.equal(status, 1);
  assert.match(stderr, advice);
});

test('TypeScript turned off by NODE_OPTIONS is said, and tried once only', (t) => {
  if (!readdirSync(join(ROOT, 'node_modules')).includes(`node-${PLATFORM}`)) {
    t.skip('no pinned Node.js on this platform');
    return;
  }
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'homepbp.mjs'), 'help'], {
    encoding: 'utf8',
    env: { ...cleanEnvironment(), NODE_OPTIONS: '--no-experimental-strip-types' },
  });
  assert.equal(status, 1);
  assert.match(stderr, /NODE_OPTIONS is '--no-experimental-strip-types'/);
});

test('the launcher, package.json and README name the same versions of Node.js', () => {
  const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
  const oldest = /OLDEST = '(.+)'/.exec(read('homepbp.mjs'))?.[1];
  assert.ok(oldest);
  assert.ok(read('homepbp').includes(`Node.js ${oldest} or newer`));
  assert.ok(read('README.md').includes(`older than ${oldest}`));
  const { engines, optionalDependencies } = JSON.parse(read('package.json'));
  const [, ...installs] = /^\^(\d+\.\d+)\.0 \|\| >=(\d+\.\d+)\.0$/.exec(engines.node) ?? [];
  assert.ok(read('README.md').includes(`Node.js ${installs.join(', ')} or newer`));
  for (const [name, version] of Object.entries<string>(optionalDependencies)) {
    if (!name.startsWith('node-')) continue;
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const [oldestMajor = 0, oldestMinor = 0] = oldest.split('.').map(Number);
    assert.ok(major > oldestMajor || (major === oldestMajor && minor >= oldestMinor), name);
  }
});

test("the container's Node.js is one exact image, and one that runs TypeScript", () => {
  const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
  const images = [...read('Dockerfile').matchAll(/^FROM (.*)$/gm)].map(([, image]) => image ?? '');
  assert.ok(images.length > 0);
  for (const image of images) {
    const pinned = /^node:(\d+)\.(\d+)\.\d+-[\w-]+@sha256:[0-9a-f]{64}$/.exec(image);
    assert.ok(pinned, `${image} is not pinned by version and digest`);
    const [major = 0, minor = 0] = pinned.slice(1).map(Number);
    assert.ok(major > 22 || (major === 22 && minor >= 18), image);
  }
});

test('what a command imports outside of tests is a dependency of the product', () => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const rooms = [
    'contract',
    'durable',
    'formats',
    'messages',
    'build',
    'fetch',
    'dhcp',
    'shim',
    'web',
    'cli',
  ];
  const files = rooms.flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' }).map((at) =>
      join(room, at),
    ),
  );
  const sources = files.filter((file) => /(?<!\.test)\.tsx?$/.test(file));
  const missing = sources.flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const imports = text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^.:'][^:']*)';$/gm);
    return [...imports].flatMap(([, name = '']) => {
      const [scope = '', rest] = name.split('/');
      const entry = packages[`node_modules/${scope.startsWith('@') ? `${scope}/${rest}` : scope}`];
      return entry === undefined || entry.dev ? [`${file}: ${name}`] : [];
    });
  });
  assert.deepEqual(missing, []);
});
