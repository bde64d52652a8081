// Notes about the iPXE that a build puts into the tree.
import { lacksOf, versionsOf } from './generations.ts';

/** One note for each version that lacks something. */
export function ipxeNotes(programs: ReadonlyMap<string, Uint8Array>): string[] {
  return [...versionsOf(programs)].flatMap(([version, names]) => {
    const lacks = lacksOf(version) ?? [];
    if (lacks.length === 0) return [];
    const what = lacks.map((one) => `\n  ${one}`).join('');
    return `note: ${names.join(', ')}: iPXE ${version}; run ./homepbp fetch for a newer one${what}`;
  });
}
