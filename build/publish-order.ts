// In which order files appear in a tree that machines boot from, whoever writes it.
import { BUILD_RECORD, MANIFEST } from '../contract/paths.ts';

/**
 * What machines are led to comes before what leads them there; the manifest comes last. The record
 * comes first: by it the next build knows the folder as its own.
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

/** Where the file or folder at a path of the tree comes: the smaller, the earlier. */
export function publishRank(path: string): number {
  return ORDER.findIndex((pattern) => pattern.test(path));
}
