// The plan of a project, from its inventory and all that its references led to.
import { resolve } from 'node:path';
import type { Arch } from '../contract/inventory.ts';
import type { MediaLock } from '../contract/media-lock.ts';
import { DISTRIBUTION_BUSYBOX, findBusyboxes } from './busybox.ts';
import type { CpioEntry } from './cpio.ts';
import type { CustomOs } from './custom-os.ts';
import { archsOf } from './document.ts';
import type { NodeExtras } from './extra-user-data.ts';
import type { Inventory } from './inventory.ts';
import { k3sVersion } from './k3s.ts';
import { packLayer } from './layer.ts';
import { lockedAssets } from './media.ts';
import { makePlan, type Plan } from './plan.ts';
import type { ProjectOptions } from './project.ts';
import type { recall } from './project-memory.ts';
import { readPayload } from './shipped-files.ts';
import type { NodeKeys } from './ssh-keys.ts';

/** What the inventory's references lead to. */
export interface Gathered {
  readonly keys: NodeKeys;
  readonly extras: NodeExtras;
  readonly custom: CustomOs;
  readonly memory: Pick<ReturnType<typeof recall>, 'founded' | 'foundingSets'>;
}

/** Reads our payload and the busyboxes; nothing else. */
export async function planOf(
  { document }: Inventory,
  options: ProjectOptions,
  lock: MediaLock,
  { keys, extras, custom, memory }: Gathered,
): Promise<Plan> {
  const media = resolve(options.media);
  const payload = options.payload ?? (await readPayload());
  const { busyboxFolders = DISTRIBUTION_BUSYBOX } = options;
  const busybox = findBusyboxes(archsOf(document), media, busyboxFolders, custom.busybox);
  const version = k3sVersion(document.cluster.k3s, lock.resolved);
  return makePlan(document, {
    layerOf: layersOf(payload, busybox),
    sshKeys: keys.byNode,
    extraUserData: extras.byNode,
    founded: memory.founded,
    foundingSets: memory.foundingSets,
    assetsOf: (id) => custom.assets ?? lockedAssets(lock, media, `os/${id}`),
    k3sVersion: version,
    k3s: version === null ? [] : lockedAssets(lock, media, `k3s/${version}`),
  });
}

/** The layer of each architecture, packed once. */
function layersOf(
  payload: readonly CpioEntry[],
  busybox: ReadonlyMap<Arch, Uint8Array>,
): (arch: Arch) => Uint8Array | null {
  const layers = new Map([...busybox].map(([arch, bytes]) => [arch, packLayer(payload, bytes)]));
  return (arch) => layers.get(arch) ?? null;
}
