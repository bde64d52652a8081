// `npm run bench`: ratios against a peer, measured in one run.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../messages/user-error.ts';

const FOLDER = join(import.meta.dirname, '../test/bench');

interface Bench {
  /** Prints its figures to standard output. */
  bench(): Promise<void>;
}

/**
 * Runs the named benchmarks, or all.
 * @throws {UserError} for an unknown name
 */
export async function run(args: readonly string[]): Promise<number> {
  const known = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.bench.ts'))
    .map((name) => name.replace('.bench.ts', ''));
  const unknown = args.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UserError(`bench: unknown benchmark '${unknown}'\n  known: ${known.join(' ')}`);
  }
  for (const name of args.length > 0 ? args : known) {
    process.stdout.write(`${name}\n`);
    const { bench }: Bench = await import(join(FOLDER, `${name}.bench.ts`));
    await bench();
  }
  return 0;
}
