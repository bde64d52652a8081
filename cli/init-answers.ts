// What `init` needs to know: from flags, from this machine, or still missing.
import { isIPv4 } from 'node:net';
import { DEFAULTS } from '../build/defaults.ts';
import type { FirstAnswers } from '../build/first-inventory.ts';
import type { NewNode } from '../build/node-entry.ts';
import { contains, parseCidr } from '../build/subnet.ts';
import { UserError } from '../messages/user-error.ts';
import type { MachineNetwork } from './this-machine.ts';

/** What is known so far; `gateway: 'none'` means that there is no router. */
export type Given = { readonly [K in keyof FirstAnswers]?: FirstAnswers[K] | undefined };

/** What this machine suggests. */
export interface Suggestions {
  readonly networks: readonly MachineNetwork[];
  /** How many of the usual public keys are in ~/.ssh. */
  readonly usualKeys: number;
  /** Other public keys there, as `~/.ssh/…`. */
  readonly otherKeys: readonly string[];
}

export const NO_GATEWAY = 'none';

/** Answers that do not depend on this machine. 24.04, as the default, 20.04, gets no more updates. */
export const STANDARD = {
  release: '24.04',
  cluster: DEFAULTS.cluster.name,
  genesisIp: DEFAULTS.genesis.ip,
} as const;

/**
 * `NAME=MAC[=IP/PREFIX]`, the value of --node.
 * @throws {UserError} if it has another form
 */
export function parseNode(text: string): NewNode {
  const [name = '', mac = '', ip, ...rest] = text.split('=');
  if (name !== '' && mac !== '' && ip !== '' && rest.length === 0) return { name, mac: [mac], ip };
  throw new UserError(
    `init: --node takes NAME=MAC[=IP/PREFIX], not '${text}'\n` +
      '  hint: for example k8s-node01=52:54:00:12:34:01=192.168.1.101/24',
  );
}

/** The keys to propose: those that `auto` finds, else one that `auto` ignores. */
export function proposeKeys({ usualKeys, otherKeys }: Suggestions): FirstAnswers['keys'] | null {
  if (usualKeys > 0) return 'auto';
  return otherKeys[0] === undefined ? null : [otherKeys[0]];
}

/** The router to propose for the nodes: this machine's if it is in their subnet, else its first host. */
export function proposeGateway(
  nodes: readonly NewNode[],
  { networks }: Suggestions,
): string | null {
  const subnet = nodes.map(({ ip }) => parseCidr(ip ?? '')).find((cidr) => cidr !== null);
  if (subnet === undefined || subnet === null) return null;
  const own = networks.find(({ gateway }) => gateway !== null && contains(subnet, gateway));
  if (own !== undefined) return own.gateway;
  const first = addressOf(subnet.first + 1);
  const taken = nodes.some(({ ip }) => parseCidr(ip ?? '')?.address === first);
  return subnet.prefix > 30 || taken ? null : first;
}

/** A node's address to show as an example: the 101st of this machine's network. */
export function exampleAddress({ networks }: Suggestions): string {
  const subnet = parseCidr(networks[0]?.cidr ?? '');
  if (subnet === null || subnet.prefix > 24) return '192.168.1.101/24';
  return `${addressOf(subnet.first + 101)}/${subnet.prefix}`;
}

function addressOf(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

/** Whether the nodes need to be told a router and name servers. */
export function hasFixedAddress(nodes: readonly NewNode[]): boolean {
  return nodes.some(({ ip }) => ip !== undefined);
}

/**
 * All answers, without asking any question.
 * @param guess whether a suggestion may be used as an answer
 * @throws {UserError} naming the flags of the answers that are missing
 */
export function completeAnswers(
  given: Given,
  suggested: Suggestions,
  guess: boolean,
): FirstAnswers {
  const { nodes = [] } = given;
  const fixed = hasFixedAddress(nodes);
  const proposed = fixed ? proposeGateway(nodes, suggested) : undefined;
  const gateway = given.gateway ?? (guess ? proposed : undefined);
  const proposedKeys = proposeKeys(suggested);
  const keys = given.keys ?? (guess || proposedKeys === 'auto' ? proposedKeys : null);
  const missing = [
    ...(nodes.length === 0 ? ['--node NAME=MAC[=IP/PREFIX]   a machine; repeat for each one'] : []),
    ...(fixed && (gateway ?? null) === null ? [gatewayFlag(guess, proposed)] : []),
    ...(keys === null
      ? ['--key PATH|KEY   a public key: none of the usual ones is in ~/.ssh']
      : []),
  ];
  if (missing.length > 0 || keys === null) throw missingAnswers(missing);
  return {
    ...STANDARD,
    ...defined(given),
    ...routing(gateway ?? undefined, given.dns),
    nodes,
    keys,
  };
}

function gatewayFlag(guess: boolean, proposed: string | null | undefined): string {
  const instead = !guess && typeof proposed === 'string' ? `; --yes uses ${proposed}` : '';
  return `--gateway IP|none   the router for nodes with a fixed address${instead}`;
}

/** The router is the name server unless others are given. */
export function routing(gateway: string | undefined, dns: readonly string[] | undefined) {
  if (gateway === undefined || gateway === NO_GATEWAY)
    return { gateway: undefined, dns: dns ?? [] };
  return { gateway, dns: dns ?? (isIPv4(gateway) ? [gateway] : []) };
}

function missingAnswers(missing: readonly string[]): UserError {
  return new UserError(
    `init: not interactive; pass these flags:\n${missing.map((line) => `  ${line}`).join('\n')}`,
  );
}

function defined(given: Given): Partial<FirstAnswers> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
