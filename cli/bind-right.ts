// The one right of root that the server keeps: to bind ports below 1024. A laptop that wakes up in another network needs
// port 69 at its new address. Linux only.
import { type Libc, loadLibc } from '../shim/libc.ts';

/** prctl(2). */
const PR_SET_KEEPCAPS = 8;
/** capabilities(7): a bit of the first of two words for each set. */
const CAP_NET_BIND_SERVICE = 1 << 10;
/** capset(2): sets of two words. */
const VERSION_3 = 0x20080522;

/**
 * Runs `become`, which gives up root. Afterwards this thread has no capability but that for binding ports, if it had that
 * before, nor have threads that it starts; all others have none, as the kernel keeps them for the calling thread alone.
 * Programs that it starts have none.
 * @throws if other capabilities may be left
 */
export function keepingBindRight(become: () => void, libc: Libc | null = loadLibc()): void {
  const calls = libc === null ? null : capabilityCalls(libc);
  if (calls === null || calls.keep() !== 0) {
    become();
    return;
  }
  become();
  calls.leaveOnly(CAP_NET_BIND_SERVICE);
}

/** Null if libc lacks one of them. */
function capabilityCalls(libc: Libc) {
  try {
    const prctl = libc.func('int prctl(int, size_t, size_t, size_t, size_t)');
    const capget = libc.func('int capget(void *, void *)');
    const capset = libc.func('int capset(void *, void *)');
    const header = () => Uint32Array.of(VERSION_3, 0);
    const leaveOnly = (wanted: number) => {
      // Effective, permitted and inheritable, and the same again for the upper 32.
      const sets = new Uint32Array(6);
      const got = capget(header(), sets);
      const kept = (sets[1] ?? 0) & wanted;
      if (got !== 0 || capset(header(), Uint32Array.of(kept, kept, 0, 0, 0, 0)) !== 0) {
        throw new Error(`the rights of root could not be dropped (errno ${libc.errno()})`);
      }
    };
    return { keep: () => prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), leaveOnly };
  } catch {
    return null;
  }
}
