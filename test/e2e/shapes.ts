// Cases that are run with other initrds, too: those of Ubuntu's releases differ in all but their kernel.
import { SHAPES, type Shape } from './image.ts';
import type { Scene } from './scene.ts';

interface Runs {
  readonly run: (scene: Scene) => Promise<number>;
}

/**
 * The named ones of `cases`, for each shape of initrd.
 * @returns by NAME-SHAPE
 */
export function shapedCases<Case extends Runs>(
  cases: Readonly<Record<string, Case>>,
  names: readonly string[],
): Record<string, Case> {
  const named = Object.entries(cases).filter(([name]) => names.includes(name));
  return Object.fromEntries(
    named.flatMap(([name, one]) =>
      SHAPES.map((shape) => [
        `${name}-${shape}`,
        { ...one, run: (scene: Scene) => one.run(withInitrd(scene, shape)) },
      ]),
    ),
  );
}

function withInitrd(scene: Scene, shape: Shape): Scene {
  return { ...scene, image: { ...scene.image, initrd: scene.image.initrds[shape] } };
}
