// `npm run bench`: ratios against a peer, measured in one run.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { firstComment } from './first-comment.ts';
import { type NameList, parseWords } from './flags.ts';

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
  const list = benchmarks();
  const { words } = parseWords('bench', args, {}, ['BENCHMARK…'], process.env, list);
  for (const name of words.length > 0 ? words : list.map(([known]) => known)) {
    process.stdout.write(`${name}\n`);
    const { bench }: Bench = await import(join(FOLDER, `${name}.bench.ts`));
    await bench();
  }
  return 0;
}

function benchmarks(): NameList {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.bench.ts'))
    .map((file) => [file.replace('.bench.ts', ''), firstComment(join(FOLDER, file))]);
}
