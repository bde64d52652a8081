// Text files of the user's project.
import { replaceFile } from '../durable/replace-file.ts';
import { keepsakeFailed } from './build-errors.ts';

/**
 * Replaces a file atomically; an existing one keeps its mode.
 * @param mode permission bits of a new file
 * @throws {UserError} when it cannot be written; the old one is then untouched
 */
export async function writeProjectFile(path: string, text: string, mode = 0o644): Promise<void> {
  await replaceFile(path, text, { mode }).catch((error: unknown) => {
    throw keepsakeFailed(path, error);
  });
}
