// Files to remove when this process exits, if it gets the chance.
import { rmSync } from 'node:fs';

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
const paths = new Set<string>();

/**
 * Removes a file when the process exits or a signal ends it.
 * @returns a function that forgets the file again
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

/** Another listener decides what the signal does; without one it ends us as usual. */
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
      // Too late to report.
    }
  }
}
