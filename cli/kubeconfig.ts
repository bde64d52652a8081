// ./homepbp kubeconfig: the admin kubeconfig, from whichever server returns one.
import { dirname } from 'node:path';
import { writeProjectFile } from '../build/write-project-file.ts';
import { makeFolders } from '../durable/make-folders.ts';
import { escaped } from '../messages/escaped.ts';
import { openLatch } from '../shim/state/founded.ts';
import { parseFlags } from './flags.ts';
import { checkReplaceable, checkSameCluster } from './kubeconfig/existing.ts';
import { forCluster } from './kubeconfig/for-cluster.ts';
import { noKey, outUnwritable } from './kubeconfig/kubeconfig-errors.ts';
import { findServers, type Server } from './kubeconfig/servers.ts';
import { askServer, type KeyAnswer } from './kubeconfig/ssh.ts';
import { actAsOwner } from './owner.ts';
import { projectOf } from './project-folders.ts';
import { readSeen, SEEN_FLAGS } from './seen.ts';

const FLAGS = {
  ...SEEN_FLAGS,
  node: {
    type: 'string',
    value: 'NODE',
    otherwise: 'every server in turn',
    about: 'the server to ask',
  },
  user: { type: 'string', value: 'USER', default: 'ubuntu', about: 'who logs in there' },
  ssh: {
    type: 'string',
    value: 'COMMAND',
    default: 'ssh',
    about: "the ssh command, such as 'ssh -i FILE'",
  },
  out: {
    type: 'string',
    value: 'FILE|-',
    default: 'secrets/kubeconfig',
    about: 'the file to write; - prints it',
  },
} as const;

/** Writes the file and says how to use it; with `--out -`, prints only the kubeconfig. */
export async function run(args: readonly string[]): Promise<number> {
  const { node, user, ssh, out, ...where } = parseFlags('kubeconfig', args, FLAGS);
  actAsOwner('kubeconfig', projectOf(where.state));
  const { view, built } = await readSeen('kubeconfig', where);
  const servers = findServers(view, built?.inventory.nodes ?? [], node);
  if (out !== '-') checkReplaceable(out, view.cluster);
  const { server, key } = await askEach(servers, { ssh, user });
  await closeLatch(where.state, server.name, key.epoch);
  const text = forCluster(key.config, view.cluster, server.address);
  if (out === '-') {
    process.stdout.write(text);
    return 0;
  }
  checkSameCluster(out, key.config.clusters[0].cluster['certificate-authority-data']);
  await write(out, text);
  process.stdout.write(
    `${out}: the admin kubeconfig of cluster ${view.cluster}, from ${server.name}\n` +
      `  KUBECONFIG=${out} kubectl get nodes\n`,
  );
  return 0;
}

/** Only the user can read it, or its folder if that has to be created. */
async function write(path: string, text: string): Promise<void> {
  try {
    makeFolders(dirname(path), 0o700);
  } catch (cause) {
    throw outUnwritable(path, cause);
  }
  await writeProjectFile(path, text, 0o600);
}

/** The first key that a server returns; refusals are reported only if none does. */
async function askEach(servers: readonly Server[], options: { ssh: string; user: string }) {
  const refusals: string[] = [];
  for (const server of servers) {
    const answer: KeyAnswer = await askServer(server.address, options);
    if ('config' in answer) return { server, key: answer };
    refusals.push(escaped(`  ${server.name} (${server.address}): ${answer.refusal}`));
  }
  throw noKey(refusals, options.ssh, options.user);
}

/** A key proves that the cluster exists, so that no machine founds another. */
async function closeLatch(state: string, node: string, epoch: number | null) {
  if (epoch !== null) await openLatch(state).close(node, epoch, new Date());
}
