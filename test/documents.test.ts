// The documents: what they point at exists.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { DHCP_SERVERS } from '../build/dhcp-snippets.ts';
import { COMMANDS } from '../cli/commands.ts';
import { STAGES, type TimelineView } from '../contract/timeline.ts';
import { createMetrics } from '../shim/api/metrics.ts';
import { caseList } from './e2e/run.ts';

const ROOT = join(import.meta.dirname, '..');
const DOCUMENTS = ['', 'docs']
  .flatMap((folder) => readdirSync(join(ROOT, folder)).map((name) => join(ROOT, folder, name)))
  .filter((path) => path.endsWith('.md'));
const ROOMS = [
  ...[
    'build',
    'cli',
    'contract',
    'dhcp',
    'docs',
    'durable',
    'fetch',
    'formats',
    'messages',
    'payload',
    'shim',
    'systemd',
  ],
  ...['templates', 'test', 'web'],
];

const textOf = (path: string) => readFileSync(path, 'utf8');

/** As GitHub makes them of headings. */
function anchorsOf(path: string): string[] {
  return [...textOf(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}

test('links lead to files and headings that exist', () => {
  const broken = DOCUMENTS.flatMap((document) =>
    [...textOf(document).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? document : join(dirname(document), path);
        return !existsSync(file) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
      })
      .map((target) => `${relative(ROOT, document)}: ${target}`),
  );
  assert.deepEqual(broken, []);
});

test('files that the documents name exist', () => {
  const path = new RegExp(`\`((?:${ROOMS.join('|')})/[\\w./-]*)\``, 'g');
  const missing = DOCUMENTS.filter((document) => !document.endsWith('CHANGELOG.md')).flatMap(
    (document) =>
      [...textOf(document).matchAll(path)]
        .map(([, name = '']) => name)
        .filter((name) => !name.includes('NAME') && !existsSync(join(ROOT, name)))
        .map((name) => `${relative(ROOT, document)}: ${name}`),
  );
  assert.deepEqual(missing, []);
});

test("'design section N' in a comment is a section of docs/design.md", () => {
  const sections = [...textOf(join(ROOT, 'docs/design.md')).matchAll(/^## (\d+)\. /gm)];
  const numbers = sections.map(([, number]) => number);
  const files = ROOMS.flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|tsx|py|sh|eta)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const cited = files.flatMap((file) =>
    [...textOf(file).matchAll(/design section (\d+)/g)].map(([, number]) => ({ file, number })),
  );
  assert.ok(cited.length > 5, 'the test sees citations at all');
  assert.deepEqual(
    cited.filter(({ number }) => !numbers.includes(number)),
    [],
  );
});

test('README lists every command', () => {
  const readme = textOf(join(ROOT, 'README.md'));
  const missing = Object.keys(COMMANDS).filter(
    (name) => !new RegExp(`(\\./homepbp|npm run|npm) ${name}\\b`).test(readme),
  );
  assert.deepEqual(missing, []);
});

test('docs/router.md lists the files of dist/dhcp/ as their README.txt does', () => {
  const rows = DHCP_SERVERS.map(({ name, file, machines }) => {
    return `| ${name} | ${file === null ? 'none' : `\`${file}\``} | ${machines} |\n`;
  });
  assert.ok(textOf(join(ROOT, 'docs/router.md')).includes(`| --- |\n${rows.join('')}\n`));
});

test('docs/api.md describes each metric, and every stage', async () => {
  const api = textOf(join(ROOT, 'docs/api.md'));
  const view: TimelineView = {
    ...{ version: 1, now: 0, built: null, cluster: 'home' },
    ...{ founding: { founded: false }, nodes: [], unknown: [] },
  };
  const { text } = await createMetrics(
    () => view,
    () => 0,
  ).render();
  const metrics = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  const described = [...api.matchAll(/^\| `(homepbp_\w+)`/gm)].map(([, name]) => name);
  assert.deepEqual(described.sort(), metrics.sort());
  const stages = new Intl.ListFormat('en-GB').format(STAGES.map((stage) => `\`${stage}\``));
  assert.ok(api.includes(`The stages are ${stages}.`));
});

test('commands and flags that the documents name exist', async () => {
  const named = new Map<string, Set<string>>();
  for (const document of DOCUMENTS.filter((path) => !path.endsWith('CHANGELOG.md'))) {
    for (const [, name = '', words = ''] of textOf(document).matchAll(COMMAND)) {
      const flags = named.get(name) ?? new Set();
      for (const [, flag = ''] of words.matchAll(/\s--([a-z][\w-]*)/g)) flags.add(flag);
      named.set(name, flags);
    }
  }
  assert.ok(named.size > 10, 'the test sees commands at all');
  const helps = await helpsOf([...named.keys()]);
  const missing = [...named.entries()].flatMap(([name, flags], index) =>
    [...flags].filter((flag) => !helps[index]?.includes(`--${flag}`)).map((flag) => [name, flag]),
  );
  assert.deepEqual(missing, []);
});

test('end-to-end cases that the documents name exist', () => {
  const names = DOCUMENTS.flatMap((document) =>
    [...textOf(document).matchAll(/npm run e2e -- ([a-z][^`\n]*)/g)].flatMap(([, words = '']) =>
      words.split(' '),
    ),
  );
  assert.ok(names.length > 5, 'the test sees cases at all');
  const known = caseList().map(([name]) => name);
  assert.deepEqual(
    names.filter((name) => !known.includes(name)),
    [],
  );
});

/** A command and what follows it, to the end of the code or of the shell's command. */
const COMMAND = /(?:\.\/homepbp|npm run) ([a-z][a-z0-9:-]*)((?: [^`\n;&|#]*)?)/g;

const END = '-- end of a command';

/** What each command says to --help; all in one process. */
async function helpsOf(names: readonly string[]): Promise<string[]> {
  const program = `
    const { runCommand } = await import(process.argv[1]);
    for (const name of process.argv.slice(2)) {
      if (await runCommand([name, '--help']) !== 0) process.exit(1);
      console.log('${END}');
    }`;
  const words = ['--input-type=module', '--eval', program, join(ROOT, 'cli/main.ts'), ...names];
  return (await promisify(execFile)(process.execPath, words)).stdout.split(END);
}
