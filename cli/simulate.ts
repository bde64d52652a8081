// `npm run simulate`: the proof of founding; its parts are in test/simulate and test/spin.
import { UserError } from '../messages/user-error.ts';
import { runMutations, runSeeds } from '../test/simulate/run.ts';
import { runModel } from '../test/spin/run.ts';
import { parseCount, parseFlags } from './flags.ts';

const MOST_NODES = 9;

const FLAGS = {
  seeds: {
    type: 'string',
    value: 'A..B',
    default: '1..10000',
    about: 'the histories to run; a single number prints its whole trace',
  },
  nodes: { type: 'string', value: 'N', default: '5', about: `machines, 1 to ${MOST_NODES}` },
  mutations: {
    type: 'boolean',
    default: false,
    about: 'switches off each safety rule in turn, which must be detected',
  },
  spin: { type: 'boolean', default: false, about: 'checks the model of the decree exhaustively' },
} as const;

/**
 * Runs seeded histories, the check that each safety rule is needed, or the exhaustive model.
 * @throws {UserError} for flags out of range, and if an interpreter or spin is missing
 */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parseFlags('simulate', args, FLAGS);
  if (flags.mutations) return runMutations();
  if (flags.spin) return runModel();
  const [first, last] = parseSeeds(flags.seeds);
  return runSeeds(first, last, parseCount('simulate', 'nodes', flags.nodes, MOST_NODES));
}

/** `A..B`, or one seed, whose whole trace is printed. */
function parseSeeds(text: string): [number, number] {
  const [, first, last = first] = /^(\d{1,9})(?:\.\.(\d{1,9}))?$/.exec(text) ?? [];
  if (first === undefined || Number(last) < Number(first)) {
    throw new UserError(`simulate: --seeds takes A..B, or one number, not '${text}'`);
  }
  return [Number(first), Number(last)];
}
