// k3s by channel or version: the binary and its airgap images, for each architecture.
// Layout: install.sh of k3s-io/k3s, and the assets of its releases.
import { z } from 'zod';
import type { Arch } from '../../contract/inventory.ts';
import { sizeOf } from './size-of.ts';
import { below, type Resolved, type Sources } from './source.ts';
import {
  badVersion,
  channelsUnreadable,
  hashMissing,
  isMissing,
  noSuchChannel,
  noSuchRelease,
} from './source-errors.ts';

type Need = Pick<Sources, 'mirrors' | 'http'>;

export interface K3sWanted {
  /** A version such as `v1.34.10+k3s1`, or a channel: `stable`, `latest`, `v1.34`. */
  readonly k3s: string;
  readonly archs: readonly Arch[];
}

export interface K3sRelease {
  readonly version: string;
  readonly files: readonly Resolved[];
}

const VERSION = /^v\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?\+k3s\d+$/;
const CHANNEL = /^[a-z0-9][a-z0-9.-]*$/;
const MAX_BYTES = 1 << 20;
const IMAGES = 'tar.zst';

/**
 * Resolves a release. Its hashes come from `sha256sum-<arch>.txt`, which is not signed: they are
 * only as good as the connection to the server (TLS); from then on the lock keeps them.
 * @throws {UserError} if there is no such channel, release or file
 */
export async function resolveK3s({ k3s, archs }: K3sWanted, need: Need): Promise<K3sRelease> {
  const version = VERSION.test(k3s) ? k3s : await versionOfChannel(k3s, need);
  const files = await Promise.all(archs.map((arch) => resolveArch(version, arch, need)));
  return { version, files: files.flat() };
}

const channelsSchema = z.object({
  data: z.array(z.object({ id: z.string(), latest: z.string().optional() })),
});

async function versionOfChannel(channel: string, { mirrors, http }: Need): Promise<string> {
  if (!CHANNEL.test(channel)) throw badVersion(channel);
  const url = mirrors.k3sChannels;
  const body = await http.bytes(url, { maxBytes: MAX_BYTES });
  const channels = parseChannels(body, url);
  const version = channels.find(({ id }) => id === channel)?.latest;
  if (version === undefined) {
    throw noSuchChannel(
      url,
      channel,
      channels.map(({ id }) => id),
    );
  }
  // It becomes part of paths.
  if (!VERSION.test(version)) throw channelsUnreadable(url, new Error(`version '${version}'`));
  return version;
}

function parseChannels(body: Uint8Array, url: string) {
  try {
    return channelsSchema.parse(JSON.parse(Buffer.from(body).toString('utf8'))).data;
  } catch (cause) {
    throw channelsUnreadable(url, cause);
  }
}

async function resolveArch(version: string, arch: Arch, need: Need): Promise<Resolved[]> {
  const folder = below(need.mirrors.k3s, version);
  const sums = await readSums(`${folder}/sha256sum-${arch}.txt`, version, need);
  const binary = arch === 'amd64' ? 'k3s' : `k3s-${arch}`;
  const images = `k3s-airgap-images-${arch}.${IMAGES}`;
  const names = [
    { theirs: binary, ours: `k3s-${arch}` },
    { theirs: images, ours: images },
  ];
  return Promise.all(
    names.map(async ({ theirs, ours }) => {
      const sha256 = sums.get(theirs);
      if (sha256 === undefined) throw hashMissing(`${folder}/sha256sum-${arch}.txt`, theirs);
      const url = `${folder}/${theirs}`;
      const size = await sizeOf(url, need.http);
      return { path: `k3s/${version}/${ours}`, url, size, sha256, version };
    }),
  );
}

async function readSums(url: string, version: string, { http }: Need) {
  try {
    return parseSums(Buffer.from(await http.bytes(url, { maxBytes: MAX_BYTES })).toString('utf8'));
  } catch (cause) {
    throw isMissing(cause) ? noSuchRelease(url, version, cause) : cause;
  }
}

/** The lines of sha256sum(1), as name → lower-case hex; other lines are ignored. */
export function parseSums(text: string): Map<string, string> {
  const lines = text.matchAll(/^([0-9a-f]{64}) [ *](\S+)\r?$/gim);
  return new Map(
    [...lines].map(([, hash = '', name = '']) => [name.replace(/^\.\//, ''), hash.toLowerCase()]),
  );
}
