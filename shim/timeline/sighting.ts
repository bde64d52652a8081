// What can be seen of a machine, as data: the only input of the timeline.
import type { CheckinStage } from '../../contract/checkin.ts';

interface Sighted {
  /** Canonical (contract/mac.ts). */
  readonly mac: string;
  /** The address that it came from; null where it had none yet. */
  readonly address: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A network boot's question to the proxy DHCP server. */
export interface AskedByDhcp extends Sighted {
  readonly kind: 'dhcp';
  readonly isIpxe: boolean;
  /** Option 93. */
  readonly archs: readonly number[];
}

/** A file that it is being sent, or was. */
export interface AskedForFile extends Sighted {
  readonly kind: 'file';
  /** In dist/, also where it came by TFTP. */
  readonly path: string;
  /** Bytes of the file that it has now, from its start. */
  readonly position: number;
  /** Bytes of the file. */
  readonly size: number;
  /** `begun` comes first, and once; `cut`: it has not got all that it asked for, and will not. */
  readonly state: 'begun' | 'running' | 'whole' | 'cut';
}

/** A check-in. */
export interface Said extends Sighted {
  readonly kind: 'said';
  readonly stage: CheckinStage;
  readonly message: string;
  readonly error: string | null;
}

export type Sighting = AskedByDhcp | AskedForFile | Said;
