// ./homepbp explain NAME|MAC
import { styleText } from 'node:util';
import { explain } from '../build/explain/explain.ts';
import { findNode } from '../build/explain/find-node.ts';
import { explanationText } from '../build/explain/text.ts';
import { generateProject } from '../build/project.ts';
import { UserError } from '../contract/user-error.ts';
import { parseFlags } from './flags.ts';

const FLAGS = {
  inventory: { type: 'string', default: 'nodes.yaml' },
  media: { type: 'string', default: 'media' },
  json: { type: 'boolean', default: false },
} as const;

/** Says what one machine will fetch and run. Writes nothing. */
export async function run(args: readonly string[]): Promise<number> {
  const { wanted, rest } = takeName(args);
  const { json, ...options } = parseFlags('explain', rest, FLAGS);
  if (wanted === undefined)
    throw new UserError('explain: which node?\n  usage: ./homepbp explain NAME|MAC [--json]');
  const { plan, files, remarks } = await generateProject(options);
  for (const remark of remarks) process.stderr.write(`${remark}\n`);
  const { node, mac } = findNode(plan.nodes, wanted);
  const explanation = explain(plan, files, node, mac);
  const text = json
    ? `${JSON.stringify(explanation, null, 2)}\n`
    : explanationText(explanation, styleText);
  process.stdout.write(text);
  return 0;
}

/** The one word that is neither a flag nor a flag's value. */
function takeName(args: readonly string[]) {
  const index = args.findIndex((word, at) => {
    const before = args[at - 1];
    const isValue = before === '--inventory' || before === '--media';
    return !word.startsWith('-') && !isValue;
  });
  if (index === -1) return { wanted: undefined, rest: args };
  return { wanted: args[index], rest: args.toSpliced(index, 1) };
}
