// Says the first words, from what the shim and dist/ are now.
import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import type { Where } from '../shim/addresses.ts';
import { createBuiltReader } from '../shim/built.ts';
import type { Shim } from '../shim/serve.ts';
import { firstEvent, firstWords, type Situation } from './first-words.ts';
import { reachableAt } from './own-addresses.ts';
import type { Voice } from './voice.ts';

export type Greeting = Where & Pick<Situation, 'command' | 'dist' | 'isExample'>;

/** Can be called again when the addresses have changed. */
export function greet(shim: Shim, greeting: Greeting, { log, say, isJson }: Voice): void {
  const situation = situationOf(shim, greeting);
  if (isJson) log(firstEvent(situation));
  else say(['', ...firstWords(situation), ''].join('\n'));
}

function situationOf({ http, tftp, proxyDhcp }: Shim, greeting: Greeting): Situation {
  const { command, dist, isExample } = greeting;
  const inventory = createBuiltReader(resolve(dist))()?.inventory;
  const { nodes = [], httpPort: toldPort = http?.port ?? 0 } = inventory ?? {};
  return {
    ...{ command, dist, isExample, http, tftp, proxyDhcp },
    addresses: http === null ? [] : reachableAt(http, greeting, networkInterfaces()),
    toldPort,
    nodes: nodes.length,
    missing: [...new Set(nodes.flatMap(({ missing = [] }) => missing))],
  };
}
