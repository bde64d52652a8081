// The names by which other computers on the network know this one.
import { hostname } from 'node:os';

/**
 * The host name, its first part, and `NAME.local`, as multicast DNS has it (RFC 6762).
 * @param name as the system gives it: with or without a domain
 */
export function ownNames(name = hostname()): string[] {
  const whole = undotted(name);
  const [first = ''] = whole.split('.');
  return first === '' ? [] : [...new Set([whole, first, `${first}.local`])];
}

/** Names as a Host header is compared with them: in lower case, without the dot that may end them. */
export function comparable(names: readonly string[]): string[] {
  return names.map((name) => undotted(name).toLowerCase());
}

function undotted(name: string): string {
  return name.replace(/\.$/, '');
}
