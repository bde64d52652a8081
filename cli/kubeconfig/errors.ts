// Messages of ./homepbp kubeconfig.
import { reasonOf } from '../../build/build-errors.ts';
import { UserError } from '../../messages/user-error.ts';

/** @param refusals a line a server */
export function noKey(refusals: readonly string[], ssh: string, user: string): UserError {
  return new UserError(
    `kubeconfig: no server gave the cluster's key\n${refusals.join('\n')}\n` +
      `  hint: it is asked for by '${ssh} ${user}@ADDRESS'; try that yourself, and name the account\n` +
      "        with --user, a key or options with --ssh 'ssh -i FILE'",
  );
}

export function noSuchServer(name: string, servers: string): UserError {
  return new UserError(`kubeconfig: no server is called '${name}'\n  hint: there are ${servers}`);
}

export function noAddress(servers: string): UserError {
  return new UserError(
    `kubeconfig: the address of ${servers || 'any server'} is not known: nodes.yaml gives none, and no shim has seen one\n` +
      '  hint: ./homepbp start while they boot, or give them an ip in nodes.yaml',
  );
}

export function outUnreadable(path: string, cause: unknown): UserError {
  return new UserError(
    `kubeconfig: ${path} cannot be read: ${reasonOf(cause)}\n  hint: name another file with --out`,
    { cause },
  );
}

export function holdsOthers(path: string, others: string): UserError {
  return new UserError(
    `kubeconfig: ${path} holds ${others} and stays as it is\n` +
      '  hint: name another file with --out; kubectl reads several: KUBECONFIG=ONE:OTHER',
  );
}

export function holdsAnother(path: string): UserError {
  return new UserError(
    `kubeconfig: ${path} holds the key of another cluster of the same name, and stays as it is\n` +
      '  hint: remove it if that cluster is gone, or name another file with --out',
  );
}

export function outUnwritable(path: string, cause: unknown): UserError {
  return new UserError(
    `kubeconfig: ${path} cannot be written: ${reasonOf(cause)}\n  hint: name another file with --out`,
    { cause },
  );
}
