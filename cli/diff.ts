// ./homepbp diff
import { diffTrees } from '../build/diff/diff.ts';
import { newTree, oldTree } from '../build/diff/sides.ts';
import { diffText } from '../build/diff/text.ts';
import { generateProject } from '../build/project.ts';
import { paintFor } from './colour.ts';
import { parseFlags } from './flags.ts';
import { actAsOwner } from './owner.ts';
import { INVENTORY, MEDIA, OUT, STATE_BESIDE_INVENTORY } from './project-flags.ts';
import { projectOf } from './project-folders.ts';

const FLAGS = {
  inventory: INVENTORY,
  out: OUT,
  media: MEDIA,
  state: STATE_BESIDE_INVENTORY,
  json: { type: 'boolean', default: false, about: 'prints JSON, for programs' },
  'exit-code': {
    type: 'boolean',
    default: false,
    about: 'exits with 1 if a build would change anything',
  },
} as const;

/** Prints what a build would change in dist/; changes nothing. With --exit-code, 1 if anything would. */
export async function run(args: readonly string[]): Promise<number> {
  const { json, out, 'exit-code': exitCode, ...options } = parseFlags('diff', args, FLAGS);
  actAsOwner('diff', projectOf(options.inventory));
  const { files, remarks } = await generateProject(options);
  const diff = diffTrees(oldTree(out), newTree(files));
  for (const remark of remarks) process.stderr.write(`${remark}\n`);
  const text = json
    ? `${JSON.stringify(diff, null, 2)}\n`
    : diffText(diff, out, paintFor(process.stdout));
  process.stdout.write(text);
  return exitCode && diff.written + diff.removed > 0 ? 1 : 0;
}
