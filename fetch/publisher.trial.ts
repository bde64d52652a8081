// For tests: publishers on loopback with small data in the real layouts, signed with a test key.
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  createCleartextMessage,
  generateKey,
  type PrivateKey,
  type PublicKey,
  sign,
} from 'openpgp';
import { Dates } from './dates.ts';
import { Engine } from './engine.ts';
import { type Http, openHttp } from './http.ts';
import { NO_PROGRESS } from './progress.ts';
import { type Mirrors, type PinnedRelease, PUBLISHERS, type Sources } from './sources/source.ts';
import { publish, SOON, serveFile } from './web-server.trial.ts';

/** URL path → content. Tests change it before they publish. */
export type TrialSite = Record<string, Uint8Array>;

export interface TestKey {
  readonly privateKey: PrivateKey;
  readonly publicKey: PublicKey;
}

export async function makeKey(options: { date?: Date; seconds?: number } = {}): Promise<TestKey> {
  return generateKey({
    userIDs: [{ name: 'A publisher of a test' }],
    format: 'object',
    ...(options.date === undefined ? {} : { date: options.date }),
    ...(options.seconds === undefined ? {} : { keyExpirationTime: options.seconds }),
  });
}

/** The text clear-signed, as .sjson and InRelease are. */
export async function signed(
  text: string,
  key: TestKey | readonly TestKey[],
  date?: Date,
): Promise<Buffer> {
  const signingKeys = [key].flat().map(({ privateKey }) => privateKey);
  const message = await createCleartextMessage({ text });
  return Buffer.from(await sign({ message, signingKeys, ...(date === undefined ? {} : { date }) }));
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Serves the site until the test ends; returns what the sources need to use it. */
export async function publishSite(t: TestContext, site: TrialSite, key: TestKey) {
  const answers = Object.entries(site).map(([path, content]) => [path, serveFile(content)]);
  const { base, asked } = await publish(t, Object.fromEntries(answers));
  const http = openHttp(SOON);
  t.after(() => http.close());
  const signers = {
    name: 'the trial publisher',
    keys: [{ key: key.publicKey, keyring: 'trial.gpg' }],
    byHand: 'trusted-signers/trial',
  };
  const sources: Sources = {
    mirrors: mirrorsAt(base),
    http,
    downloads: await openEngine(t, http),
    signers: { archive: signers, images: signers },
    dates: new Dates({}, { allowOlder: false }),
    ipxe: trialIpxe(site),
  };
  return { base, sources, paths: () => asked.map(({ url }) => url) };
}

/** The archive of iPXE 2.0.0 that the site has, if any, as HomePBP would know it. */
export function trialIpxe(site: TrialSite): PinnedRelease {
  const archive = site['/ipxe/v2.0.0/ipxeboot.tar.gz'] ?? new Uint8Array(1);
  return { version: '2.0.0', size: archive.length, sha256: sha256(archive) };
}

/** Every publisher in a folder named after it. */
export function mirrorsAt(base: string): Mirrors {
  const entries = Object.keys(PUBLISHERS).map((name) => [name, `${base}/${name}`]);
  return { ...Object.fromEntries(entries), k3sChannels: `${base}/channels` };
}

async function openEngine(t: TestContext, http: Http): Promise<Engine> {
  const media = await mkdtemp(join(tmpdir(), 'homepbp-sources-'));
  t.after(() => rm(media, { recursive: true }));
  return Engine.open({ media, http, progress: NO_PROGRESS, retry: SOON.retry });
}
