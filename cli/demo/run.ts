// One run of the demo: everything that it starts ends with it, also on Ctrl-C and when something fails.
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../messages/user-error.ts';
import { CACHE } from '../../test/e2e/cache.ts';
import { ensureImage, NO_IMAGE } from '../../test/e2e/image.ts';
import type { Running } from '../../test/e2e/program.ts';
import { openScene, type Scene } from '../../test/e2e/scene.ts';
import type { User } from '../become.ts';
import { killDescendants } from './descendants.ts';
import { empty, type Folder, giveTo, type Kept, tidy, writeKept, writeOrders } from './folder.ts';
import { type Say, takeOrders } from './orders.ts';
import { openPage } from './page.ts';
import {
  buildDist,
  type Cluster,
  formCluster,
  openStage,
  type Plan,
  type Stage,
  showPowerCut,
  startFromDisks,
  startGenesis,
} from './show.ts';

export interface Run {
  readonly folder: Folder;
  readonly plan: Plan;
  /** Of the page on this computer. */
  readonly port: number;
  /** Whose the files are to be; null: root's. */
  readonly owner: User | null;
  /** Whether it ends on its own. */
  readonly exits: boolean;
  readonly say: Say;
}

/** What is up, and what may be done to it. */
interface Act {
  readonly scene: Scene;
  /** Folder for sockets, with a short path. */
  readonly sockets: string;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
}

/** From blank machines to one cluster. @returns the exit status */
export async function runNew(run: Run): Promise<number> {
  const { folder, plan, port, owner, say } = run;
  await empty(folder);
  return perform(run, async (act) => {
    const { scene, sockets, signal } = act;
    const power = await takePowerCuts(run, act);
    const image = plan.system.kind === 'stand-in' ? await ensureImage(CACHE) : NO_IMAGE;
    const stage = await openStage({ ...scene, image }, plan, 'blank', signal);
    const page = await openPage(scene, stage.lan, sockets, port);
    say('building what the machines will boot');
    const dist = await buildDist(stage);
    await giveTo(owner, folder.path, CACHE);
    const genesis = await startGenesis(stage, dist);
    say(`Genesis is on. Watch the machines at ${page}`);
    const cluster = await formCluster(stage, page, say);
    await keep(run, cluster);
    if (!run.exits) await stay(run, act, () => power.allow(stage, cluster, genesis));
  });
}

/** From the disks of an earlier run, which ended as in a power cut. @returns the exit status */
export function runPowerCut(run: Run, kept: Kept): Promise<number> {
  return perform(run, async (act) => {
    const power = await takePowerCuts(run, act);
    const stage = await openStage(act.scene, run.plan, 'kept', act.signal);
    const cluster = await startFromDisks(stage, kept.cluster, run.say);
    if (!run.exits) await stay(run, act, () => power.allow(stage, cluster, null));
  });
}

async function keep({ folder, plan, owner }: Run, { id }: Cluster): Promise<void> {
  const { system, machines } = plan;
  await writeKept(folder, { system, machines, cluster: id });
  await giveTo(owner, folder.path);
}

/** Takes the order to cut the power; it is refused until it is allowed, and while it is carried out. */
async function takePowerCuts({ folder, say }: Run, { scene, sockets }: Act) {
  const path = join(sockets, 'orders');
  let cut: ((say: Say) => Promise<void>) | null = null;
  await takeOrders(scene, path, async (tell) => {
    const now = cut;
    if (now === null)
      throw new Error('the machines are not one cluster now: try again once they are');
    cut = null;
    await now((line) => {
      say(line);
      tell(line);
    });
  });
  await writeOrders(folder, path);
  return {
    allow(stage: Stage, cluster: Cluster, genesis: Running | null): void {
      cut = async (tell) =>
        this.allow(stage, await showPowerCut(stage, cluster, genesis, tell), null);
    },
  };
}

/** Until Ctrl-C. */
async function stay({ say }: Run, { signal }: Act, allow: () => void): Promise<void> {
  allow();
  say('Next, in another terminal: sudo ./homepbp demo --power-cut');
  say('Ctrl-C here ends the demo; its disks are kept until the next one, or demo --clean');
  if (!signal.aborted) await once(signal, 'abort');
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs the acts until they are over or a signal comes. @returns the exit status @throws {UserError} */
async function perform(run: Run, acts: Acts): Promise<number> {
  const stopping = new AbortController();
  // More than one comes: the terminal's own, and the launcher's.
  const stop = () => stopping.abort();
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    const fault = await playAndClear(run, acts, stopping.signal);
    if (fault === null) return 0;
    if (stopping.signal.aborted) return INTERRUPTED;
    throw fault instanceof UserError ? fault : failed(run, fault);
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

type Acts = (act: Act) => Promise<void>;
const INTERRUPTED = 130;

function failed({ folder }: Run, cause: unknown): UserError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new UserError(`demo: ${why}\n  consoles and logs: ${folder.logs}`, { cause });
}

/** In a scene that is always closed. @returns why it failed; null if it did not */
async function playAndClear(run: Run, acts: Acts, signal: AbortSignal): Promise<unknown> {
  const { folder, owner, say } = run;
  const opened = await openScene(NO_IMAGE, folder.logs);
  const act = { scene: { ...opened, scratch: folder.work }, sockets: opened.scratch, signal };
  const outcome = faultOf(acts(act));
  if (!signal.aborted) await Promise.race([outcome, once(signal, 'abort')]);
  if (signal.aborted) say('stopping: everything is switched off');
  const closing = await faultOf(opened.close());
  const played = await untilOver(outcome);
  // Again, for what was only just being started.
  const closed = await faultOf(opened.close());
  const fault = played ?? closing ?? closed;
  await tidy(folder, fault !== null && !signal.aborted);
  await giveTo(owner, dirname(CACHE), folder.path);
  return fault;
}

/** Why it fails; null if it does not. */
function faultOf(work: Promise<void>): Promise<unknown> {
  return work.then(
    () => null,
    (fault: unknown) => fault,
  );
}

/** Milliseconds for what acts are just doing, such as making a network card; a build takes longer. */
const PATIENCE = 2000;

/** Waits until the acts are over, as they soon are once all that they started has ended. */
async function untilOver(outcome: Promise<unknown>): Promise<unknown> {
  const pending = Symbol('pending');
  for (;;) {
    const over = new AbortController();
    const later = sleep(PATIENCE, pending, { signal: over.signal }).catch(() => pending);
    const found = await Promise.race([outcome, later]);
    over.abort();
    if (found !== pending) return found;
    killDescendants();
  }
}
