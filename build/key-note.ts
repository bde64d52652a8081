// What an editor shows for a key of nodes.yaml, and what several keys share.
import { LABEL } from './schema/texts.ts';

export interface KeyNote {
  readonly description: string;
  /** For texts at this key, including list items. */
  readonly pattern?: string;
  /** Shown when the pattern does not match. */
  readonly expected?: string;
  readonly examples?: readonly string[];
}

export const IPV4 = '\\d{1,3}(\\.\\d{1,3}){3}';

export const HOST_NAME = {
  pattern: LABEL.source,
  expected: 'A host name (RFC 1123 label): lower-case letters, digits and hyphens, at most 63',
};
export const ADDRESS = { pattern: `^${IPV4}$`, expected: 'An IPv4 address, such as 192.168.1.1' };
export const PATH = 'A path relative to nodes.yaml, or one that starts with / or ~/.';
