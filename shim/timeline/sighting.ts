// What can be observed of a machine, as data: the only input of the timeline.
import type { CheckinStage } from '../../contract/checkin.ts';

interface Sighted {
  /** Canonical (contract/mac.ts). */
  readonly mac: string;
  /** The machine's address; null if it had none yet. */
  readonly address: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A request to the proxy DHCP server. */
export interface AskedByDhcp extends Sighted {
  readonly kind: 'dhcp';
  readonly isIpxe: boolean;
  /** Option 93. */
  readonly archs: readonly number[];
}

/** A file that it is being sent, or was sent. */
export interface AskedForFile extends Sighted {
  readonly kind: 'file';
  /** In dist/, also for TFTP. */
  readonly path: string;
  /** Bytes from the start of the file that it has now. */
  readonly position: number;
  /** Bytes of the file. */
  readonly size: number;
  /** `begun` comes first, once; `cut`: the transfer ended before it had everything it asked for. */
  readonly state: 'begun' | 'running' | 'whole' | 'cut';
  /**
   * Why it may have been another machine. `packet`: a few UDP packets, whose sender can be forged, look
   * the same; `claim`: without the guard any client may ask for a node's files.
   */
  readonly doubt?: 'packet' | 'claim';
}

/** A check-in. */
export interface Said extends Sighted {
  readonly kind: 'said';
  readonly stage: CheckinStage;
  readonly message: string;
  readonly error: string | null;
}

export type Sighting = AskedByDhcp | AskedForFile | Said;
