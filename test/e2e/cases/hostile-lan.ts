// A hostile machine on the LAN: each of its attacks, and what it got.
import { secondsSince } from '../cluster/cluster.ts';
import { untilMembers } from '../cluster/until.ts';
import { forgedCheckins, replayedCheckins } from '../hostile/checkins.ts';
import { forgedTftp, manyConnections, manyStreams } from '../hostile/exhaustion.ts';
import { forgedLatch, junkWhileFounding } from '../hostile/founding.ts';
import { enrolAll, openHostileLan, release } from '../hostile/lan.ts';
import { assertHeardNoSecrets, listen } from '../hostile/listening.ts';
import { clonedMac, trickAfterEnrolment, trickBeforeEnrolment } from '../hostile/names.ts';
import { workerAsServer } from '../hostile/worker.ts';
import type { Scene } from '../scene.ts';

/** Prints a line for each attack. @returns seconds for all of them */
export async function hostileLan(scene: Scene): Promise<number> {
  const begun = performance.now();
  const say = (line: string) => process.stdout.write(`  ${line}\n`);
  const lan = await openHostileLan(scene);
  say(await trickBeforeEnrolment(lan));
  const listener = await listen(lan);
  await enrolAll(lan.servers);
  say(await forgedCheckins(lan));
  const quiet = await release(lan.servers);
  const heard = await listener.stop();
  say(await assertHeardNoSecrets(lan, heard));
  say(await trickAfterEnrolment(lan));
  say(await clonedMac(lan));
  await untilMembers(lan.servers, 60);
  say(await workerAsServer(lan));
  say(await replayedCheckins(lan, heard));
  for (const attack of [manyConnections, manyStreams, forgedTftp]) say(await attack(lan));
  say(await junkWhileFounding(lan, quiet));
  say(await forgedLatch(lan, quiet));
  return secondsSince(begun);
}
