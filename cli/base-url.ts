import { type AddressFault, baseUrlFault } from '../contract/base-url.ts';
import { UserError } from '../messages/user-error.ts';

/**
 * Checks the value of a `--url` flag: where machines find the tree.
 * @param judge what the command needs of it, by default only that it is a base URL
 * @throws {UserError} with what is wrong
 */
export function parseBaseUrl(
  command: string,
  url: string,
  judge: (url: string) => AddressFault | null = baseUrlFault,
): string {
  const fault = judge(url);
  if (fault === null) return url;
  throw new UserError(
    `${command}: --url takes http://HOST[:PORT][/FOLDER], where machines find the tree: '${url}' ${fault.message}`,
  );
}
