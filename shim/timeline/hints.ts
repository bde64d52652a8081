// When a machine counts as stuck, and where to look then. The limits allow for slow hardware: a false
// alarm costs more trust than a late one.
import type { Stage } from '../../contract/timeline.ts';

const MINUTE = 60_000;

/**
 * A machine that is slow to load its kernel is slow to start its system, too, and is silent until
 * cloud-init has finished. The limit is this many times the kernel's time, chosen to err late.
 */
export const SYSTEM_PER_KERNEL = 8;
/** The limit's maximum, in case the kernel download itself had stalled. */
export const MAX_PATIENCE = 30 * MINUTE;

interface Patience {
  /** Milliseconds without progress; null: no limit. */
  readonly limit: number | null;
  readonly hint: string;
}

export const PATIENCE: Readonly<Record<Stage, Patience>> = {
  firmware: {
    limit: MINUTE,
    hint: 'It asked for a boot program and then went silent: check its screen, and that Secure Boot is off.',
  },
  ipxe: {
    limit: MINUTE,
    hint: 'iPXE has its first script but requests nothing more from Genesis: a firewall may block the HTTP port, or the DHCP server may name another next-server. Its screen shows which server it tried.',
  },
  script: {
    limit: 2 * MINUTE,
    hint: 'It has its script but loads no kernel: the script may have it boot from its own disk; its screen says why.',
  },
  kernel: {
    limit: MINUTE,
    hint: 'The kernel download has stalled: check the cable and the switch, and whether Genesis is overloaded.',
  },
  initrd: {
    limit: 3 * MINUTE,
    hint: 'The kernel was loaded but has sent nothing since: its screen shows whether it crashed, ran out of memory, or lacks a driver for the network card.',
  },
  root: {
    limit: 3 * MINUTE,
    hint: 'The root image download has stalled: check the cable, the switch and its screen.',
  },
  seed: {
    limit: 6 * MINUTE,
    hint: 'Its system has started but cloud-init has not finished: log in and run cloud-init status --long.',
  },
  disk: {
    limit: 6 * MINUTE,
    hint: 'Its disk is being prepared or its system is starting, but it has gone silent: its screen says what it is waiting for.',
  },
  cluster: {
    limit: 6 * MINUTE,
    hint: 'It has not joined a cluster: its last message says what it is waiting for; homepbp status on the node says more.',
  },
  ready: { limit: null, hint: '' },
};

/** For a stage that failed. */
export const FAILED_HINT = 'It reported why it cannot continue; it tries again after a reboot.';
