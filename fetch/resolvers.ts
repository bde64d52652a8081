// The publishers, as `pin` calls them.
import type { Dates } from './dates.ts';
import type { Engine } from './engine.ts';
import type { Http } from './http.ts';
import { systemId, systemVersion } from './needs.ts';
import type { Resolvers } from './pins.ts';
import type { Publishers } from './signers.ts';
import { resolveBusybox } from './sources/busybox.ts';
import { resolveGithubKeys } from './sources/github-keys.ts';
import { resolveIpxe } from './sources/ipxe.ts';
import { resolveK3s } from './sources/k3s.ts';
import type { Member, Mirrors, PinnedRelease } from './sources/source.ts';
import { resolveUbuntu } from './sources/ubuntu.ts';

export interface ResolverOptions {
  readonly mirrors: Mirrors;
  readonly http: Http;
  readonly engine: Engine;
  readonly signers: Publishers;
  readonly dates: Dates;
  readonly ipxe: PinnedRelease;
  /** Prints what is about to be requested. */
  readonly say: (line: string) => void;
}

export function makeResolvers({ engine, say, ...rest }: ResolverOptions): Resolvers {
  const sources = { ...rest, downloads: engine };
  return {
    async os(need) {
      say(`resolving Ubuntu ${systemId(need)}`);
      const { serial, files, notes } = await resolveUbuntu({ ...need, serial: null }, sources);
      return { version: systemVersion(serial, need.kernel), files, notes };
    },
    async k3s(k3s, archs) {
      say(`resolving k3s ${k3s}`);
      return { ...(await resolveK3s({ k3s, archs }, sources)), notes: [] };
    },
    async ipxe() {
      say('resolving iPXE');
      const { version, archive, members, notes } = await resolveIpxe(sources);
      return { version, files: [archive, ...members.map(locked)], notes };
    },
    async busybox(arch) {
      say(`resolving busybox for ${arch}`);
      const { version, archive, members } = await resolveBusybox(arch, sources);
      return { version, files: [archive, ...members.map(locked)], notes: [] };
    },
    keys(reference) {
      say(`asking GitHub for the keys of ${reference}`);
      return resolveGithubKeys(reference.replace(/^gh:/, ''), sources);
    },
  };
}

function locked({ archive, member: name, ...file }: Member) {
  return { ...file, member: { archive, name } };
}
