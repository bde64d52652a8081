// `cluster:`.
import { z } from 'zod';
import { LARGEST_EPOCH } from '../../contract/epoch.ts';
import { type EnrollPolicy, enrollPolicySchema } from '../../contract/inventory.ts';
import { k3sConfigSchema } from '../k3s-config.ts';
import { name, orNull, server, text } from './texts.ts';

/** The words and versions that `cluster.k3s` takes. */
export const K3S_RELEASE = /^(stable|latest|testing|v1\.\d{1,3}(\.\d{1,3}(-[\w.]+)?\+k3s\d+)?)$/;

const quorum = z.union([z.enum(['majority', 'all', 'safe']), z.int().positive()]);

export interface ClusterDefaults {
  readonly name: string;
  readonly k3s: string;
  readonly token: string;
  readonly enroll: EnrollPolicy;
  readonly founding: {
    readonly quorum: z.output<typeof quorum>;
    readonly epoch: number;
  };
}

export function clusterSchema(defaults: ClusterDefaults) {
  return z
    .strictObject({
      name: name.default(defaults.name),
      k3s: text(
        (value) => K3S_RELEASE.test(value),
        'is not a k3s channel or version',
        'stable, latest, v1.34 or an exact version such as v1.34.10+k3s1',
      ).default(defaults.k3s),
      token: z.string().min(1).default(defaults.token),
      enroll: z.enum(enrollPolicySchema.options).default(defaults.enroll),
      founding: foundingSchema(defaults.founding),
      founded: z.boolean().default(false),
      known_servers: z.array(server).default([]),
      ca_hash: orNull(
        text(
          (value) => /^[0-9a-f]{64}$/.test(value),
          'is not a SHA-256 hash',
          '64 lower-case hex digits: sha256sum of /cacerts from a server',
        ),
      ),
      ignore: z.array(server).default([]),
      k3s_config: k3sConfigSchema.prefault({}),
      addons: z.strictObject({}).optional(),
    })
    .prefault({});
}

function foundingSchema(defaults: ClusterDefaults['founding']) {
  return z
    .strictObject({
      quorum: quorum.default(defaults.quorum),
      epoch: z.int().min(1).max(LARGEST_EPOCH).default(defaults.epoch),
      i_know: z.boolean().default(false),
      abandon: z.array(name).default([]),
    })
    .prefault({});
}
