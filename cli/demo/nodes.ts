// A cluster of real k3s, by the word of one of its servers.
import type { Lan } from '../../test/e2e/lan.ts';
import { runProgram } from '../../test/e2e/program.ts';
import type { Known, Wait } from '../../test/e2e/shelf/one-cluster.ts';
import { addressOf } from '../../test/e2e/shelf/places.ts';
import type { Person } from '../../test/e2e/ssh.ts';

const KUBECTL = 'sudo k3s kubectl';
/** The namespace lives as long as its cluster: its uid is what people call the cluster's id. */
const QUESTION = `${KUBECTL} get namespace kube-system -o jsonpath={.metadata.uid} && echo && ${KUBECTL} get nodes -o json`;

/** Asks a machine by ssh. */
export function askK3s(lan: Lan, { ssh }: Person): Wait['ask'] {
  return async (place) => {
    const words = lan.inside([...ssh, `ubuntu@${addressOf(place)}`, QUESTION]);
    return runProgram(words, { seconds: 30 }).then(parseNodes, () => null);
  };
}

interface Node {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly conditions: readonly { readonly type: string; readonly status: string }[];
  };
}

/** Reads the answer: a line with the id, then the nodes as JSON. Null while there is none. */
export function parseNodes(text: string): Known | null {
  const [clusterId = '', ...json] = text.split('\n');
  try {
    const { items } = JSON.parse(json.join('\n')) as { items: readonly Node[] };
    const members = items.filter(isReady).map(({ metadata }) => metadata.name);
    return clusterId === '' ? null : { clusterId, members: members.sort() };
  } catch {
    return null;
  }
}

function isReady({ status }: Node): boolean {
  return status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
