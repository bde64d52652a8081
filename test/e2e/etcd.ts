// What an etcd says of itself, by etcdctl.

export interface Etcd {
  readonly clusterId: string;
  /** Names of the nodes that vote, sorted; a learner has a `?` behind its name. */
  readonly members: readonly string[];
}

/** The words that run etcdctl. @param where its options that say which etcd */
export function etcdctlWords(where: readonly string[], words: readonly string[]): string[] {
  return ['env', 'ETCDCTL_API=3', 'etcdctl', '--command-timeout=5s', ...where, ...words];
}

/**
 * Asks an etcd; null while it does not answer with a quorum.
 * @param etcdctl runs it with these words, and gives what it printed
 */
export async function readEtcd(
  etcdctl: (...words: readonly string[]) => Promise<string>,
): Promise<Etcd | null> {
  try {
    const list = await etcdctl('member', 'list', '-w', 'simple');
    const status = await etcdctl('get', '/none', '-w', 'json');
    const members = list
      .trim()
      .split('\n')
      .map((line) => line.split(', '))
      .map(([, , name = '', , , learner]) => nodeOf(name) + (learner === 'true' ? '?' : ''));
    // The number is above 2^53: not for JSON.parse.
    const clusterId = /"cluster_id":(\d+)/.exec(status)?.[1] ?? '';
    return { clusterId, members: members.sort() };
  } catch {
    return null;
  }
}

/** Members are called NODE-<8 hex>; one that never started has no name. */
function nodeOf(member: string): string {
  return member.slice(0, member.lastIndexOf('-')) || '(new)';
}
