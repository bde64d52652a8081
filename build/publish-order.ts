// The order in which files appear in a tree that machines may be booting from.
import { BUILD_RECORD, MANIFEST } from '../contract/paths.ts';

/**
 * A file comes before the files that refer to it; the manifest comes last. The record comes first:
 * by it the next build recognizes the folder as its own.
 */
const ORDER: readonly RegExp[] = [
  new RegExp(`^${BUILD_RECORD}$`),
  /^(os|k3s)(\/|$)/,
  /^(?!nodes(\/|$)|unknown\.ipxe$|tftp(\/|$)|boot\.ipxe$|manifest\.json$)/,
  /^nodes(?!\/[^/]*\/boot\.ipxe$)(\/|$)/,
  /^(nodes\/[^/]*\/boot\.ipxe|unknown\.ipxe)$/,
  /^(tftp(\/|$)|boot\.ipxe$)/,
  new RegExp(`^${MANIFEST}$`),
];

/** The rank of a file or folder; smaller is earlier. */
export function publishRank(path: string): number {
  return ORDER.findIndex((pattern) => pattern.test(path));
}
