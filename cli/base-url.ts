import { inventorySchema } from '../build/schema.ts';
import { UserError } from '../messages/user-error.ts';

/**
 * Checks the value of a `--url` flag: where machines find the tree.
 * @throws {UserError} for anything that `genesis.url` would not accept
 */
export function parseBaseUrl(command: string, url: string): string {
  const result = inventorySchema.shape.genesis.safeParse({ url });
  if (result.success) return url;
  throw new UserError(
    `${command}: --url takes http://HOST[:PORT][/FOLDER], where machines will find the tree, not '${url}'`,
  );
}
