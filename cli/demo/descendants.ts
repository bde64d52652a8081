// The processes below this one, which Ctrl-C must not leave running.
import { readdirSync, readFileSync } from 'node:fs';

/** The processes below `pid`. @param parents of all processes, by process id */
export function below(pid: number, parents: ReadonlyMap<number, number>): number[] {
  const children = [...parents].filter(([, parent]) => parent === pid).map(([child]) => child);
  return children.flatMap((child) => [child, ...below(child, parents)]);
}

/** Kills all processes below this one. */
export function killDescendants(): void {
  for (const pid of below(process.pid, parents())) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function parents(): Map<number, number> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(pids.map((pid) => [Number(pid), parentOf(pid)]));
}

/** 0 for a process that has just ended. Its name is in brackets and may hold any character (proc_pid_stat(5)). */
function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}
