// ./homepbp build
import { type BuildOptions, type BuildResult, buildProject } from '../build/project.ts';
import { LINK_MODES } from '../build/write/changed.ts';
import { parseFlags } from './flags.ts';
import { actAsOwner } from './owner.ts';
import { INVENTORY, MEDIA, OUT, STATE_BESIDE_INVENTORY } from './project-flags.ts';
import { projectOf, secretsBeside } from './project-folders.ts';
import { wideModesRemarks } from './secret-modes.ts';

/** Of `build`, and of `start`, which builds too. */
export const BUILD_FLAGS = {
  inventory: INVENTORY,
  out: OUT,
  media: MEDIA,
  link: {
    type: 'string',
    value: 'HOW',
    values: LINK_MODES,
    default: 'symlink',
    about: 'how large files get from media into the tree',
  },
  state: STATE_BESIDE_INVENTORY,
  'never-booted': {
    type: 'boolean',
    default: false,
    about: 'forgets which servers were published: only if no machine has booted from here yet',
  },
} as const;

/** Builds dist/ and says what changed. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parseFlags('build', args, BUILD_FLAGS);
  actAsOwner('build', projectOf(flags.inventory));
  const { 'never-booted': neverBooted, ...paths } = flags;
  const options = { ...paths, neverBooted };
  report(options, await buildProject(options));
  return 0;
}

/**
 * Prints the remarks of a build and, to standard output, its result.
 * @param say prints a remark; default: to standard error
 */
export function report(
  { out, inventory, secrets }: BuildOptions,
  result: BuildResult,
  say = (remark: string): void => void process.stderr.write(`${remark}\n`),
) {
  const folder = secrets ?? secretsBeside(inventory);
  for (const remark of [...wideModesRemarks(folder), ...result.remarks]) say(remark);
  const { plan, written, unchanged, removed } = result;
  process.stdout.write(
    `${out}: ${plan.nodes.length} nodes, ${written} files written, ${unchanged} unchanged, ${removed} removed\n`,
  );
}
