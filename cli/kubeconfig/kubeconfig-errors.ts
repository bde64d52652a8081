// Messages of ./homepbp kubeconfig.
import { reasonOf } from '../../build/build-errors.ts';
import { UserError } from '../../messages/user-error.ts';

/** @param refusals one line per server */
export function noKey(refusals: readonly string[], ssh: string, user: string): UserError {
  return new UserError(
    `kubeconfig: no server returned its kubeconfig\n${refusals.join('\n')}\n` +
      `  hint: try '${ssh} ${user}@ADDRESS' yourself; set the account with --user,\n` +
      "        and a key or options with --ssh 'ssh -i FILE'",
  );
}

export function noSuchServer(name: string, servers: string): UserError {
  return new UserError(
    `kubeconfig: no server is called '${name}'\n  hint: the servers are ${servers}`,
  );
}

export function noAddress(servers: string): UserError {
  return new UserError(
    `kubeconfig: the address of ${servers || 'any server'} is unknown: nodes.yaml sets none, and no shim has seen one\n` +
      '  hint: run ./homepbp start while they boot, or set their ip in nodes.yaml',
  );
}

export function outUnreadable(path: string, cause: unknown): UserError {
  return new UserError(
    `kubeconfig: ${path} cannot be read: ${reasonOf(cause)}\n  hint: give another file with --out`,
    { cause },
  );
}

export function holdsOthers(path: string, others: string): UserError {
  return new UserError(
    `kubeconfig: ${path} contains ${others}, and was not changed\n` +
      '  hint: give another file with --out; kubectl reads several: KUBECONFIG=ONE:OTHER',
  );
}

export function holdsAnother(path: string): UserError {
  return new UserError(
    `kubeconfig: ${path} is for another cluster of the same name, and was not changed\n` +
      '  hint: remove it if that cluster is gone, or give another file with --out',
  );
}

export function outUnwritable(path: string, cause: unknown): UserError {
  return new UserError(
    `kubeconfig: ${path} cannot be written: ${reasonOf(cause)}\n  hint: give another file with --out`,
    { cause },
  );
}
