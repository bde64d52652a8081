// What the shells' scripts ask at each Tab: `./homepbp complete -- WORDS`, the last word being the one that is
// typed. The answer is a line for each possible word, then a directive.
import { RootCommand, ShellCompDirective } from '@bomb.sh/tab';
import { parseInventory } from '../build/inventory.ts';
import { readInventoryFile } from '../build/inventory-file.ts';
import { COMMANDS, findCommand } from './commands.ts';
import { type Flag, HelpAsked, type Syntax } from './flags.ts';
import { INVENTORY } from './project-flags.ts';

/** What stands for a node that exists; `add NAME` is a new one. */
const NODE_WORDS = ['NODE', 'NAME|MAC', 'NAME…'];

/** Prints the possible words. */
export async function complete(args: readonly string[]): Promise<number> {
  const words = args[0] === '--' ? args.slice(1) : [...args];
  const syntax = await syntaxOf(words.slice(0, -1));
  const file = fileDirective(syntax, words);
  if (file === null) rootFor(syntax, words).parse([...words]);
  else process.stdout.write(`:${file}\n`);
  return 0;
}

/** The syntax of the command that has been typed, as its --help would show it; null: none yet. */
async function syntaxOf([name = '']: readonly string[]): Promise<Syntax | null> {
  const command = findCommand(name);
  if (command === undefined) return null;
  try {
    await (await command.load()).run(['--help']);
  } catch (error) {
    if (error instanceof HelpAsked) return error.syntax;
    throw error;
  }
  return null;
}

/** The directive by which the shell itself completes a path; null if none is expected. */
function fileDirective(syntax: Syntax | null, words: readonly string[]): number | null {
  const flag = syntax?.flags[words.at(-2)?.replace(/^--/, '') ?? ''];
  if (words.at(-1)?.startsWith('-')) return null;
  const value = flag?.type === 'string' ? flag.value : syntax?.words[0];
  if (value === 'FOLDER' || value === 'DIR') return ShellCompDirective.ShellCompDirectiveFilterDirs;
  return value?.startsWith('FILE') ? ShellCompDirective.ShellCompDirectiveDefault : null;
}

function rootFor(syntax: Syntax | null, words: readonly string[]): RootCommand {
  const root = new RootCommand();
  for (const [name, { summary }] of Object.entries(COMMANDS)) root.command(name, summary);
  const command = syntax === null ? undefined : root.commands.get(syntax.command);
  if (syntax === null || command === undefined) return root;
  const offer = (values: readonly (readonly [string, string])[]) => (add: Add) => {
    for (const [value, about] of values) add(value, about);
  };
  const nodes = () => nodeNames(words);
  for (const [name, flag] of Object.entries(syntax.flags)) {
    if (flag.type === 'boolean') command.option(name, flag.about);
    else command.option(name, flag.about, offer(valuesOf(flag, nodes)));
  }
  command.option('help', 'shows what the command takes');
  for (const word of syntax.words) {
    const known = syntax.list ?? (NODE_WORDS.includes(word) ? nodes() : []);
    command.argument(word, offer(known), word.endsWith('…'));
  }
  return root;
}

type Add = (value: string, about: string) => void;

function valuesOf(
  { values, value = '' }: Flag,
  nodes: () => [string, string][],
): [string, string][] {
  if (values !== undefined) return values.map((one) => [one, '']);
  return NODE_WORDS.includes(value) ? nodes() : [];
}

/** The nodes of the inventory that is meant; none if it has faults. */
function nodeNames(words: readonly string[]): [string, string][] {
  const path = words[words.indexOf('--inventory') + 1];
  const isGiven = words.includes('--inventory') && path !== undefined && path !== '';
  try {
    const file = readInventoryFile(isGiven ? path : INVENTORY.default);
    return parseInventory(file).document.nodes.map(({ name, role }) => [name, role]);
  } catch {
    return [];
  }
}
