// Serving errors that the user can fix.
import { UserError } from '../messages/user-error.ts';

export function notDist(folder: string): UserError {
  return new UserError(
    `${folder} is not a built tree\n  hint: run ./homepbp build, or name the folder with --dist`,
  );
}

export function distUnreadable(folder: string): UserError {
  return new UserError(
    `${folder}: user ${process.getuid?.()} has no permission to read this folder\n  hint: serve as its owner: sudo ./homepbp serve --user OWNER`,
  );
}

export function hostUnknown(host: string, cause: unknown): UserError {
  return new UserError(
    `--host ${host}: this name does not resolve to an IP address\n  hint: use one of this computer's own addresses`,
    { cause },
  );
}

/** @param known the existing interfaces */
export function interfaceUnknown(name: string, known: readonly string[]): UserError {
  return new UserError(
    `--interface ${name}: no such interface, or it has no IP address\n  hint: use one of ${known.join(', ')}`,
  );
}

export function hostNotOnInterface(host: string, name: string): UserError {
  return new UserError(
    `--host ${host} is not an address of --interface ${name}\n  hint: drop one of the two`,
  );
}

export interface Binding {
  readonly service: 'http' | 'tftp';
  readonly port: number;
}

/** A port that only the server knows would be of no use. */
const ELSEWHERE: Readonly<Record<Binding['service'], string>> = {
  http: 'or set another genesis.http_port in nodes.yaml, which tells machines, too, and build again',
  tftp: 'firmware asks at no port but 69',
};

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
      return `${where} needs a privilege that this user does not have\n  hint: ${allowing(port, platform)}`;
    case 'EADDRINUSE':
      return (
        `${where} is in use by another program${at(error)}\n` +
        `  hint: find it with ${platform === 'darwin' ? `sudo lsof -nP -i :${port}` : `sudo ss -l${protocol}np sport = :${port}`} and stop it; ` +
        ELSEWHERE[service]
      );
    case 'EADDRNOTAVAIL':
      return `${where}: this computer does not have that address${at(error)}\n  hint: set --host to one of its own`;
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
    `run it with sudo, or allow it permanently: sudo setcap cap_net_bind_service=+ep ${process.execPath}\n` +
    `  or allow every program until the next reboot: sudo sysctl net.ipv4.ip_unprivileged_port_start=${port}`
  );
}
