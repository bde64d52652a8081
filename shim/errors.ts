// The faults of serving that the user can mend.
import { UserError } from '../messages/user-error.ts';

export function notDist(folder: string): UserError {
  return new UserError(
    `${folder}: there is no built tree in this folder\n  hint: run ./homepbp build, or name the folder with --dist`,
  );
}

export function distUnreadable(folder: string): UserError {
  return new UserError(
    `${folder}: the user ${process.getuid?.()} may not read this folder\n  hint: serve as its owner: sudo ./homepbp serve --user OWNER`,
  );
}

export function hostUnknown(host: string, cause: unknown): UserError {
  return new UserError(
    `--host ${host}: this name leads to no IP address\n  hint: give one of this computer's own addresses`,
    { cause },
  );
}

/** @param known the interfaces that there are */
export function interfaceUnknown(name: string, known: readonly string[]): UserError {
  return new UserError(
    `--interface ${name}: there is no such interface with an IP address\n  hint: one of ${known.join(', ')}`,
  );
}

export function hostNotOnInterface(host: string, name: string): UserError {
  return new UserError(
    `--host ${host} is no address of --interface ${name}\n  hint: leave one of the two out`,
  );
}

export interface Binding {
  readonly service: 'http' | 'tftp';
  readonly port: number;
}

/** Why a service could not bind, and the command that allows it: text for the terminal. */
export function bindFailed(
  { service, port }: Binding,
  error: NodeJS.ErrnoException,
  platform: NodeJS.Platform = process.platform,
): string {
  const where = `${service}: port ${port}`;
  const protocol = service === 'http' ? 't' : 'u';
  switch (error.code) {
    case 'EACCES':
      return `${where} needs a privilege that this user lacks\n  hint: ${allowing(port, platform)}`;
    case 'EADDRINUSE':
      return (
        `${where} is in use by another program${at(error)}\n` +
        `  hint: see which: ${platform === 'darwin' ? `sudo lsof -nP -i :${port}` : `sudo ss -l${protocol}np sport = :${port}`}; ` +
        `or choose another with --${service}-port`
      );
    case 'EADDRNOTAVAIL':
      return `${where}: this computer does not have the address${at(error)}\n  hint: give --host one of its own`;
    default:
      return `${where}: ${error.message}`;
  }
}

function at(error: NodeJS.ErrnoException & { address?: string }): string {
  return error.address === undefined ? '' : ` (${error.address})`;
}

/** The commands that let a program bind a port. */
export function allowing(port: number, platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'run it with sudo';
  return (
    `run it with sudo, or allow it for good: sudo setcap cap_net_bind_service=+ep ${process.execPath}\n` +
    `  or, for every program until the next start: sudo sysctl net.ipv4.ip_unprivileged_port_start=${port}`
  );
}
