// A build of many nodes against `cp -r` of the tree that it gives: what writing that much costs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LAUNCHER = join(import.meta.dirname, '../../homepbp.mjs');
const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
/** Nodes and how often each size is measured. */
const SIZES = [
  [10, 7],
  [100, 7],
  [1000, 5],
  [10000, 3],
] as const;
/** Printed by the child itself as it ends: kilobytes at the peak. */
const TELL_MEMORY =
  'data:text/javascript,process.on("exit",()=>console.error("peak",process.resourceUsage().maxRSS))';

/** Prints, per size, both ratios to the time of `cp -r`, and the memory of the full build. */
export async function bench(): Promise<void> {
  const rows = SIZES.map(([nodes, rounds]) => {
    const folder = mkdtempSync(join(tmpdir(), 'homepbp-bench-'));
    try {
      return measure(folder, nodes, rounds);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  console.table(Object.fromEntries(rows));
}

/** Each round does everything once, so that a slow moment of the machine falls on all alike. */
function measure(folder: string, nodes: number, rounds: number) {
  const out = join(folder, 'dist');
  const copy = join(folder, 'copy');
  const inventory = join(folder, 'nodes.yaml');
  const full: Run[] = [];
  const edited: Run[] = [];
  const copied: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    rmSync(out, { recursive: true, force: true });
    rmSync(copy, { recursive: true, force: true });
    writeFileSync(inventory, inventoryOf(nodes, ''));
    full.push(build(folder));
    copied.push(timed(() => must(spawnSync('cp', ['-r', out, copy]))));
    writeFileSync(inventory, inventoryOf(nodes, `-edited-${round}`));
    edited.push(build(folder));
  }
  const cp = median(copied);
  return [
    `${nodes} nodes`,
    {
      'cp -r, s': round2(cp),
      'full / cp -r': round2(median(full.map(({ seconds }) => seconds)) / cp),
      'one edit / cp -r': round2(median(edited.map(({ seconds }) => seconds)) / cp),
      'peak, MB': Math.round(Math.max(...full.map(({ megabytes }) => megabytes))),
    },
  ] as const;
}

interface Run {
  readonly seconds: number;
  readonly megabytes: number;
}

function build(folder: string): Run {
  const names = { inventory: 'nodes.yaml', out: 'dist', media: 'media' };
  const flags = Object.entries(names).flatMap(([flag, name]) => [`--${flag}`, join(folder, name)]);
  let stderr = '';
  const seconds = timed(() => {
    const args = ['--import', TELL_MEMORY, LAUNCHER, 'build', ...flags];
    stderr = must(spawnSync(process.execPath, args, { encoding: 'utf8' })).stderr;
  });
  return { seconds, megabytes: Number(/^peak (\d+)$/m.exec(stderr)?.[1]) / 1024 };
}

function must<T extends { status: number | null; stderr: string | Buffer }>(result: T): T {
  if (result.status !== 0) throw new Error(String(result.stderr));
  return result;
}

/** Agents with fixed addresses; one of them, in the middle, is called otherwise when edited. */
function inventoryOf(nodes: number, edit: string): string {
  const lines = Array.from({ length: nodes }, (_, at) => {
    const hex = (at + 1).toString(16).padStart(6, '0');
    const name = `node-${at}${at === Math.floor(nodes / 2) ? edit : ''}`;
    const ip = `10.1.${(at >> 8) & 255}.${at & 255}`;
    return `  - name: ${name}\n    mac: 525400${hex}\n    ip: ${ip}/8\n`;
  });
  const network = 'network: { gateway: 10.0.0.1, dns: [10.0.0.1] }\n';
  const head = `ssh: { keys: ["${KEY}"] }\n${network}cluster: { founded: true }\ndefaults: { role: agent }\n`;
  return `${head}nodes:\n${lines.join('')}`;
}

/** Seconds. What others wrote is on the disk before, so that nobody waits for it. */
function timed(work: () => void): number {
  spawnSync('sync');
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
