// The cluster tests' network: a bridge with one card a node, and a second bridge for those cut off.
import assert from 'node:assert/strict';
import { type Lan, openLan, removeNamespace } from '../lan.ts';
import { runProgram } from '../program.ts';
import type { Scene } from '../scene.ts';

const OTHER_SIDE = 'lan1';

export interface Card {
  /** The network namespace that the card is in. */
  readonly namespace: string;
  readonly address: string;
  readonly mac: string;
}

export interface Network {
  readonly lan: Lan;
  /** A namespace with one card on the bridge, 10.77.0.(10 + number)/24. */
  addCard(number: number): Promise<Card>;
  /** Cuts the wire between these cards and all others, which they keep to each other. */
  separate(cards: readonly Card[]): Promise<void>;
  /** Undoes it. */
  heal(): Promise<void>;
  /** From now on no IPv4 broadcast gets through; the cards know each other's addresses without. */
  dropBroadcasts(): Promise<void>;
}

/** Makes the network; it goes when the scene closes. */
export async function openNetwork(scene: Scene): Promise<Network> {
  const lan = await openLan(scene);
  const ip = (words: string) => runProgram(['ip', '-n', lan.namespace, ...words.split(' ')]);
  await ip(`link add ${OTHER_SIDE} type bridge stp_state 0 forward_delay 0`);
  await ip(`link set ${OTHER_SIDE} up`);
  const ports = new Map<string, string>();
  const portOf = ({ namespace }: Card) =>
    ports.get(namespace) ?? assert.fail(`${namespace} is no card`);
  const cards: Card[] = [];
  return {
    lan,
    async addCard(number) {
      const card = await makeCard(scene, lan, number);
      ports.set(card.namespace, `port${number}`);
      await lan.plug(portOf(card));
      cards.push(card);
      return card;
    },
    async separate(some) {
      await Promise.all(some.map((card) => ip(`link set ${portOf(card)} master ${OTHER_SIDE}`)));
    },
    async heal() {
      await Promise.all(cards.map((card) => lan.plug(portOf(card))));
    },
    async dropBroadcasts() {
      for (const port of ports.values()) {
        await ip(`link set ${port} type bridge_slave bcast_flood off`);
      }
      for (const { namespace } of cards) {
        for (const { address, mac } of cards.filter((other) => other.namespace !== namespace)) {
          const words = `neigh replace ${address} lladdr ${mac} dev eth0 nud permanent`;
          await runProgram(['ip', '-n', namespace, ...words.split(' ')]);
        }
      }
    },
  };
}

async function makeCard(scene: Scene, lan: Lan, number: number): Promise<Card> {
  const namespace = `${lan.namespace}-${number}`;
  const address = `10.77.0.${10 + number}`;
  await runProgram(['ip', 'netns', 'add', namespace]);
  scene.defer(() => removeNamespace(namespace));
  const outside = (words: string) => runProgram(['ip', '-n', lan.namespace, ...words.split(' ')]);
  const inside = (words: string) => runProgram(['ip', '-n', namespace, ...words.split(' ')]);
  await outside(`link add port${number} type veth peer name eth0 netns ${namespace}`);
  const mac = `52:54:00:77:00:${number.toString(16).padStart(2, '0')}`;
  await inside(`link set eth0 address ${mac}`);
  await inside('link set lo up');
  await inside('link set eth0 up');
  await inside(`addr add ${address}/24 dev eth0`);
  await inside('route add default via 10.77.0.1');
  return { namespace, address, mac };
}
