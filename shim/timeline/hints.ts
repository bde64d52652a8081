// When a machine has stood still for too long, and where to look then. Limits are longer than slow
// hardware takes: a false alarm costs more trust than a late one.
import type { Stage } from '../../contract/timeline.ts';

const MINUTE = 60_000;

/**
 * A machine whose kernel took long takes long for the rest of its system, too, of which nothing is
 * heard until cloud-init has ended. So many times as long, chosen so that it is a late alarm.
 */
export const SYSTEM_PER_KERNEL = 8;
/** No kernel that stood still meanwhile may stretch it beyond this. */
export const MAX_PATIENCE = 30 * MINUTE;

interface Patience {
  /** Milliseconds without progress; null: it may stay here for ever. */
  readonly limit: number | null;
  readonly hint: string;
}

export const PATIENCE: Readonly<Record<Stage, Patience>> = {
  firmware: {
    limit: MINUTE,
    hint: 'It asked for a boot program and nothing came after it: see what its screen says, and whether Secure Boot is off.',
  },
  ipxe: {
    limit: MINUTE,
    hint: 'iPXE has its first script but does not ask Genesis for more: a firewall may close the HTTP port, or its DHCP server may name another next-server. Its screen says whom it asked.',
  },
  script: {
    limit: 2 * MINUTE,
    hint: 'It has its script and loads no kernel: by the script it may be booting its own disk; its screen says why.',
  },
  kernel: {
    limit: MINUTE,
    hint: 'The kernel does not come through: look at the cable and the switch, and whether Genesis is busy.',
  },
  initrd: {
    limit: 3 * MINUTE,
    hint: 'The kernel was loaded and has not spoken since: its screen shows whether it stopped, has too little memory, or lacks the driver of its network card.',
  },
  root: {
    limit: 3 * MINUTE,
    hint: 'The root image does not come further: look at the cable and the switch, and at what its screen says.',
  },
  seed: {
    limit: 6 * MINUTE,
    hint: 'Its system was started and cloud-init has not ended: log in and run cloud-init status --long.',
  },
  disk: {
    limit: 6 * MINUTE,
    hint: 'Its disk is being prepared or its system is starting, and no more was heard: its screen says what it waits for.',
  },
  cluster: {
    limit: 6 * MINUTE,
    hint: 'It has not joined a cluster: its last message says what it waits for; on the node, homepbp status says more.',
  },
  ready: { limit: null, hint: '' },
};

/** For a stage that ended in a fault. */
export const FAILED_HINT = 'It said why it cannot go on; it tries again by itself after a reboot.';
