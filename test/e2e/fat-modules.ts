// The modules of the test kernel that HOMEPBP_ESP needs and no initrd has: all of them take a minute to
// unpack on an emulated machine, these a second.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './program.ts';
import type { Scene } from './scene.ts';

/** A /lib/modules/<version> folder with FAT and its letters, as `os.custom.modules` takes it. */
export async function fatModules(scene: Scene): Promise<string> {
  const [name = ''] = await readdir(scene.image.modules);
  const all = join(scene.scratch, 'all-modules');
  await runProgram(['dpkg-deb', '-x', join(scene.image.modules, name), all], { seconds: 120 });
  const [version = ''] = await readdir(join(all, 'lib/modules'));
  const from = join(all, 'lib/modules', version);
  const to = join(scene.scratch, 'modules', version);
  await mkdir(join(to, 'kernel/fs'), { recursive: true });
  for (const folder of ['kernel/fs/fat', 'kernel/fs/nls']) {
    await runProgram(['cp', '-r', join(from, folder), join(to, folder)]);
  }
  for (const file of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo']) {
    await runProgram(['cp', join(from, file), to]);
  }
  return to;
}
