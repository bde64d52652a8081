// The cluster's servers: how many, which quorum, which of them already exist.

import { ownPlace } from '../document.ts';
import { parseCidr } from '../subnet.ts';
import type { Path } from '../yaml-path.ts';
import type { Document, Entry, Finding } from './finding.ts';

/** The servers that vote: they have a disk and stay. Indices into `nodes:`. */
function votersOf({ nodes }: Document): number[] {
  return nodes.flatMap(({ role, removed }, index) =>
    role === 'server' && !removed ? [index] : [],
  );
}

/** Faults about servers, quorums and existing servers. */
export function checkServers(document: Document): Finding[] {
  return [
    ...document.nodes.flatMap(checkDiskless),
    ...checkSomeServer(document),
    ...checkQuorum(document),
    ...checkKnownServers(document),
  ];
}

function checkDiskless(node: Entry, index: number): Finding[] {
  if (node.disk !== 'none' || node.role !== 'server') return [];
  const message =
    "'disk: none' and 'role: server' cannot be combined: a node without a disk must not run etcd";
  const path = ownPlace(node, index, 'disk', 'name');
  return [{ path, message, hint: "use 'role: agent', or give it a disk" }];
}

/** Agents join servers: of this inventory, or of a cluster that it says is there. */
function checkSomeServer(document: Document): Finding[] {
  const { cluster, nodes } = document;
  const index = nodes.findIndex(({ role, removed, boot }) => {
    return role === 'agent' && !removed && boot !== 'recovery';
  });
  const agent = nodes[index];
  const isKnown = [cluster, ...nodes].some((one) => one.known_servers.length > 0);
  if (agent === undefined || isKnown || cluster.founded || votersOf(document).length > 0) return [];
  const message = 'no node is a server: agents alone form no cluster';
  const hint =
    "make one a server ('role: server'), or name those of an existing cluster in cluster.known_servers";
  return [{ path: ownPlace(agent, index, 'role', 'name'), message, hint }];
}

/**
 * A founding quorum below the majority can found two clusters; one above the servers, none. With
 * w voters that may lose their disks, floor((n + w) / 2) + 1 is needed; `safe` is w = 1.
 */
function checkQuorum(document: Document): Finding[] {
  const { quorum, i_know: knows } = document.cluster.founding;
  const path: Path = ['cluster', 'founding', 'quorum'];
  const voters = votersOf(document).length;
  if (voters === 0) return [];
  if (quorum === 'safe' && Math.floor((voters + 1) / 2) + 1 > voters) {
    const message = `'quorum: safe' needs more than ${voters} ${voters === 1 ? 'server' : 'servers'}`;
    return [{ path, message, hint: "use 'quorum: majority'" }];
  }
  if (typeof quorum !== 'number') return [];
  if (quorum > voters) {
    const message = `a quorum of ${quorum} can never be reached with ${voters} ${voters === 1 ? 'server' : 'servers'}`;
    return [{ path, message, hint: "use 'quorum: majority'" }];
  }
  const majority = Math.floor(voters / 2) + 1;
  if (quorum >= majority || knows) return [];
  const message = `a quorum of ${quorum} out of ${voters} servers is not a majority: two clusters could be founded`;
  const hint = `use ${majority} or more, or add 'i_know: true' to accept that`;
  return [{ path, message, hint }];
}

/** Without their CA's hash, servers outside the inventory cannot be told from a stranger's. */
function checkKnownServers({ cluster, nodes }: Document): Finding[] {
  if (cluster.ca_hash !== null) return [];
  const own = new Set(nodes.flatMap(({ name, ip }) => [name, parseCidr(ip ?? '')?.address]));
  const lists: { path: Path; servers: readonly string[] }[] = [
    { path: ['cluster', 'known_servers'], servers: cluster.known_servers },
    ...nodes.map((node, index) => ({
      path: ['nodes', index, 'known_servers'],
      servers: node.known_servers,
    })),
  ];
  return lists.flatMap(({ path, servers }) =>
    servers.flatMap((server, index) => {
      if (own.has(server)) return [];
      const message = `the known server ${server} is not in this inventory, so cluster.ca_hash is needed`;
      const hint = `on that server: sha256sum /var/lib/rancher/k3s/server/tls/server-ca.crt`;
      return [{ path: [...path, index], message, hint }];
    }),
  );
}

/** What etcd does with this many servers that their owner may not expect. */
export function warnOfServers(document: Document): Finding[] {
  const voters = votersOf(document);
  const count = voters.length;
  const findings: Finding[] = [];
  const last = voters.at(-1);
  if (last === undefined) return findings;
  if (count % 2 === 0) {
    const tolerated = count / 2 - 1;
    const message = `${count} servers survive the loss of ${tolerated}, no more than ${count - 1} would`;
    const hint =
      'etcd needs a majority: use an odd number of servers and make the other node an agent';
    findings.push({ path: ['nodes', last, 'name'], message, hint });
  }
  if (count > 7) {
    const message = `${count} servers: every write has to reach ${Math.floor(count / 2) + 1} disks`;
    const hint = "etcd recommends at most 7 members: make the others agents ('role: agent')";
    findings.push({ path: ['nodes', last, 'name'], message, hint });
  }
  const { quorum, i_know: knows } = document.cluster.founding;
  if (knows && typeof quorum === 'number' && quorum < Math.floor(count / 2) + 1) {
    const path: Path = ['cluster', 'founding', 'quorum'];
    findings.push({ path, message: 'two clusters could be founded with this quorum' });
  }
  return findings;
}
