// A system that nobody boots, in an inventory: files with nothing but what tells the build that they are such.
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  TRIAL_DEB,
  TRIAL_INITRD,
  TRIAL_ROOT,
  trialKernel,
} from '../../formats/boot-files.trial.ts';

const MARKS = {
  vmlinuz: trialKernel('amd64'),
  initrd: TRIAL_INITRD,
  'rootfs.squashfs': TRIAL_ROOT,
  'modules.deb': TRIAL_DEB,
};

/**
 * Writes it beside the inventory; gives its `os`.
 * @param sizes bytes
 */
export async function trialOs(folder: string, sizes: Readonly<Record<keyof typeof MARKS, number>>) {
  for (const [name, mark] of Object.entries(MARKS)) {
    const path = join(folder, name);
    await writeFile(path, mark);
    await truncate(path, sizes[name as keyof typeof MARKS]);
  }
  return {
    custom: {
      kernel: 'vmlinuz',
      initrd: 'initrd',
      rootfs: 'rootfs.squashfs',
      modules: ['modules.deb'],
    },
  };
}
