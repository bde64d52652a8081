// Calls to libc that Node.js does not offer, through koffi's native part (https://koffi.dev), an optional package.
import { createRequire } from 'node:module';

/** The part of koffi that is used. */
export interface Libc {
  /** @param declaration in C. @throws if libc has no such function */
  func(declaration: string): (...values: unknown[]) => number;
  /** Of the last call. */
  errno(): number;
}

interface Koffi {
  load(library: null): Pick<Libc, 'func'>;
  errno(): number;
}

/** Null where it cannot be called: not Linux, or an install without optional packages. */
export function loadLibc(): Libc | null {
  if (process.platform !== 'linux') return null;
  try {
    const koffi: Koffi = createRequire(import.meta.url)(`@koromix/koffi-linux-${process.arch}`);
    const libc = koffi.load(null);
    return { func: (declaration) => libc.func(declaration), errno: () => koffi.errno() };
  } catch {
    return null;
  }
}
