import { inventorySchema } from '../build/schema.ts';
import { UserError } from '../messages/user-error.ts';

/**
 * The value of a `--url` flag: where machines find the tree.
 * @throws {UserError} for what `genesis.url` would not take either
 */
export function parseBaseUrl(command: string, url: string): string {
  const result = inventorySchema.shape.genesis.safeParse({ url });
  if (result.success) return url;
  throw new UserError(
    `${command}: --url takes http://HOST[:PORT][/FOLDER] of the folder that machines will ask, not '${url}'`,
  );
}
