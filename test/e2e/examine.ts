// `./homepbp doctor` on the LAN, on Genesis.
import { HOMEPBP } from './genesis.ts';
import type { Lan } from './lan.ts';
import { startProgram } from './program.ts';
import type { Scene } from './scene.ts';

/** What it prints, and how it ends. */
export async function examine(
  scene: Scene,
  lan: Lan,
  dist: string,
  flags: readonly string[] = [],
): Promise<string> {
  const script = `${HOMEPBP} doctor --dist ${dist} ${flags.join(' ')}; echo "ended with $?"`;
  const program = startProgram(
    'homepbp doctor',
    lan.inside(['sh', '-c', script]),
    `${scene.logs}/doctor.log`,
  );
  const { end } = await program.said.waitFor(/^ended with \d+$/m, 60);
  return program.said.text.slice(0, end + 1);
}
