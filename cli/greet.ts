// Says the first words, from what the shim and dist/ are now.
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { programsIn } from '../contract/boot-programs.ts';
import { TFTP_ROOT } from '../contract/paths.ts';
import type { Where } from '../shim/addresses.ts';
import { createBuiltReader } from '../shim/built.ts';
import type { Shim } from '../shim/serve.ts';
import { firstEvent, firstWords, type Situation } from './first-words.ts';
import { reachableAt } from './own-addresses.ts';
import type { Voice } from './voice.ts';

export type Greeting = Where & Pick<Situation, 'command' | 'dist' | 'isExample'>;

type Served = Pick<Shim, 'http' | 'tftp' | 'proxyDhcp'>;

/** Can be called again when the addresses have changed. */
export function greet(
  shim: Served,
  greeting: Greeting,
  { log, say, isJson }: Omit<Voice, 'screen'>,
): void {
  const situation = situationOf(shim, greeting);
  if (isJson) log(firstEvent(situation));
  else say(['', ...firstWords(situation), ''].join('\n'));
}

function situationOf({ http, tftp, proxyDhcp }: Served, greeting: Greeting): Situation {
  const { command, dist, isExample } = greeting;
  const inventory = createBuiltReader(resolve(dist))()?.inventory;
  const { nodes = [], httpPort: toldPort = http?.port ?? 0 } = inventory ?? {};
  return {
    ...{ command, dist, isExample, http, tftp, proxyDhcp },
    addresses: http === null ? [] : reachableAt(http, greeting, networkInterfaces()),
    toldPort,
    programs: programsIn((program) => existsSync(join(dist, TFTP_ROOT, program))),
    nodes: nodes.length,
    missing: [...new Set(nodes.flatMap(({ missing = [] }) => missing))],
  };
}
