// ./homepbp explain NAME|MAC
import { explain } from '../build/explain/explain.ts';
import { findNode } from '../build/explain/find-node.ts';
import { explanationText } from '../build/explain/text.ts';
import { generateProject } from '../build/project.ts';
import { paintFor } from './colour.ts';
import { parseWords } from './flags.ts';
import { actAsOwner } from './owner.ts';
import { INVENTORY, MEDIA } from './project-flags.ts';
import { projectOf } from './project-folders.ts';

const FLAGS = {
  inventory: INVENTORY,
  media: MEDIA,
  json: { type: 'boolean', default: false, about: 'prints JSON, for programs' },
} as const;

/** Prints what one machine will fetch and run. Writes nothing. */
export async function run(args: readonly string[]): Promise<number> {
  const { flags, words } = parseWords('explain', args, FLAGS, ['NAME|MAC']);
  const { json, ...options } = flags;
  const [wanted = ''] = words;
  actAsOwner('explain', projectOf(options.inventory));
  const { plan, files, remarks } = await generateProject(options);
  for (const remark of remarks) process.stderr.write(`${remark}\n`);
  const { node, mac } = findNode(plan.nodes, wanted);
  const explanation = explain(plan, files, node, mac);
  const text = json
    ? `${JSON.stringify(explanation, null, 2)}\n`
    : explanationText(explanation, paintFor(process.stdout));
  process.stdout.write(text);
  return 0;
}
