// ./homepbp completion bash|zsh|fish
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { script } from '@bomb.sh/tab';
import { UserError } from '../messages/user-error.ts';
import { parseWords } from './flags.ts';

const SHELLS = [
  ['bash', 'for ~/.bashrc: source <(/path/to/homepbp completion bash)'],
  ['zsh', 'for ~/.zshrc, after compinit: source <(/path/to/homepbp completion zsh)'],
  ['fish', 'for ~/.config/fish/config.fish: /path/to/homepbp completion fish | source'],
] as const;

/** Prints the script; the shell then asks `./homepbp complete` at each Tab. */
export async function run(args: readonly string[]): Promise<number> {
  const { words } = parseWords('completion', args, {}, ['SHELL'], process.env, SHELLS);
  const program = join(import.meta.dirname, '../homepbp');
  // The scripts have it in double quotes, and evaluate it.
  if (!/^[\w./+@, -]+$/.test(program))
    throw new UserError(
      `completion: shells cannot call ${program}\n  hint: move it to a folder whose name has plain letters`,
    );
  const [shell = ''] = words;
  if (shell === 'bash')
    process.stdout.write(readFileSync(join(import.meta.dirname, 'bash-words.sh'), 'utf8'));
  script(shell, 'homepbp', `'${program}'`);
  // The script itself leaves out that bash completes paths where we know nothing better.
  if (shell === 'bash') process.stdout.write('complete -o default -F __homepbp_complete homepbp\n');
  return 0;
}
