// The completion scripts in the shells themselves, as far as those are installed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { COMMANDS } from './commands.ts';
import { HelpAsked } from './flags.ts';
import { runHomepbp } from './run-homepbp.trial.ts';

const HOMEPBP = join(import.meta.dirname, '../homepbp');
const NODES = `nodes:
  - { name: first, mac: 52-54-00-12-34-01 }
  - { name: second, mac: 52-54-00-12-34-02, role: agent }
`;

/** For each shell: what asks its completion function for "$@", the last word being typed, a line for each answer. */
const ASK = {
  bash: `source <("$HOMEPBP" completion bash)
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    compopt() { :; }
    __homepbp_complete; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: `compdef() { :; }
    source <("$HOMEPBP" completion zsh)
    _describe() { print -l -- "\${completions[@]%%:*}"; }
    words=("$@"); CURRENT=$#; _homepbp`,
  fish: `$HOMEPBP completion fish | source
    complete -C (string join ' ' -- $argv) | string split -f 1 \\t`,
} as const;

type Shell = keyof typeof ASK;
const OPTIONS = { bash: ['--norc'], zsh: ['-f'], fish: ['--no-config'] } as const;

function isAbsent(shell: Shell): boolean {
  const required = process.env.HOMEPBP_REQUIRE_TOOLS === '1';
  return !required && spawnSync(shell, ['--version']).error !== undefined;
}

function openProject(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-completion-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'nodes.yaml'), NODES);
  return folder;
}

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  test(`${shell} completes commands, flags, values and names of nodes`, {
    skip: isAbsent(shell),
  }, (t) => {
    const cwd = openProject(t);
    const answers = (...words: string[]) => {
      const args = [...OPTIONS[shell], '-c', ASK[shell], ...(shell === 'fish' ? [] : ['shell'])];
      const env = { ...process.env, HOMEPBP, HOME: cwd };
      const ran = spawnSync(shell, [...args, './homepbp', ...words], {
        cwd,
        env,
        encoding: 'utf8',
      });
      return ran.stdout.split('\n').filter((line) => line !== '');
    };
    assert.deepEqual(answers('ex').toSorted(), ['explain', 'export']);
    assert.deepEqual(answers('explain', ''), ['first', 'second']);
    assert.deepEqual(answers('enroll', 'first', 's'), ['second']);
    assert.deepEqual(answers('kubeconfig', '--node', ''), ['first', 'second']);
    assert.deepEqual(answers('serve', '--gu'), ['--guard']);
    assert.deepEqual(answers('serve', '--guard', ''), ['mac', 'off']);
    assert.deepEqual(answers('completion', 'z'), ['zsh']);
    assert.deepEqual(answers('add', ''), []);
  });
}

test('paths are left to the shell, and an inventory with faults is no hindrance', async (t) => {
  const cwd = openProject(t);
  const complete = async (...words: string[]) =>
    (await runHomepbp(['complete', '--', ...words], { cwd, home: cwd })).stdout;
  assert.equal(await complete('build', '--out', ''), ':16\n');
  assert.equal(await complete('build', '--inventory', 'n'), ':0\n');
  assert.equal(await complete('export', ''), ':16\n');
  writeFileSync(join(cwd, 'other.yaml'), 'nodes: [');
  assert.equal(await complete('explain', '--inventory', 'other.yaml', ''), ':4\n');
  assert.equal(await complete('no-such-command', ''), ':4\n');
});

test('an unknown shell is refused', async (t) => {
  const cwd = openProject(t);
  const { status, stderr } = await runHomepbp(['completion', 'bsh'], { cwd, home: cwd });
  assert.equal(status, 1);
  assert.match(stderr, /^completion: there is no 'bsh'; did you mean 'bash'\?\n/);
  const other = await runHomepbp(['completion', 'tcsh'], { cwd, home: cwd });
  assert.match(other.stderr, /^completion: there is no 'tcsh'; there is bash, zsh, fish\n/);
});

test('every command asked with --help says what it takes, with defaults, and does nothing', async () => {
  for (const [name, command] of Object.entries(COMMANDS)) {
    const { run } = await command.load();
    await assert.rejects(run(['--help']), (error) => {
      assert.ok(error instanceof HelpAsked, name);
      assert.equal(error.syntax.command, name);
      for (const [flag, { about, default: fixed, otherwise }] of Object.entries(error.syntax.flags))
        assert.ok(
          fixed !== undefined || otherwise !== undefined || about.endsWith('; required'),
          `${name} --${flag} has no default`,
        );
      return true;
    });
  }
});
