// Founding by our rules against the seed's (scan, wait at random, scan, create), simulated on one network.
import { readPython } from '../simulate/run.ts';

/** Prints median and p95 of the virtual time to one cluster, and how often the seed's rule makes two. */
export async function bench(): Promise<void> {
  process.stdout.write(readPython('simulate.compare', []));
}
