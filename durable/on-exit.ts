// Files that must not outlive this process, as far as it gets to do something about it.
import { rmSync } from 'node:fs';

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
const paths = new Set<string>();

/**
 * Removes a file when the process exits or a signal ends it.
 * @returns forgets the file again
 */
export function removeOnExit(path: string): () => void {
  if (paths.size === 0) watch();
  paths.add(path);
  return () => {
    if (paths.delete(path) && paths.size === 0) unwatch();
  };
}

function watch(): void {
  process.on('exit', removeAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function unwatch(): void {
  process.off('exit', removeAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

/** If anybody else listens, that decides what the signal does; otherwise it ends us as it would have. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  unwatch();
  process.kill(process.pid, signal);
}

function removeAll(): void {
  for (const path of paths) {
    try {
      rmSync(path, { force: true });
    } catch {
      // Nobody is left to be told.
    }
  }
}
