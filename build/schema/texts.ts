// The texts that nodes.yaml holds: names, addresses, paths.
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import type { AddressFault } from '../../contract/base-url.ts';
import { isUnicastMac, parseMac } from '../../contract/mac.ts';
import { notAHost } from '../host-address.ts';
import { parseCidr } from '../subnet.ts';

/** A text that must pass `test`; the hint says what a valid one looks like. */
export function text(test: (value: string) => boolean, message: string, hint: string) {
  return z.string().refine(test, { message, params: { hint } });
}

/** A text in which `judge` finds a fault, or null. */
export function judged(judge: (value: string) => AddressFault | null) {
  return z.string().superRefine((value, context) => {
    const fault = judge(value);
    if (fault !== null) refuse(context, fault.message, fault.hint);
  });
}

/** Refuses a value inside a refinement or a transform. */
export function refuse(context: z.RefinementCtx, message: string, hint: string) {
  context.addIssue({ code: 'custom', message, params: { hint } });
}

/** An optional value; null when absent. */
export function orNull<S extends z.ZodType>(schema: S) {
  return schema.optional().transform((value) => value ?? null);
}

/** A label of a host name (RFC 1123). */
export const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const name = text(
  (value) => LABEL.test(value),
  'is not a valid host name (RFC 1123 label)',
  'lower-case letters, digits and hyphens, at most 63, such as k8s-node01',
);

/** Accepts any common notation; the output is canonical (contract/mac.ts). */
export const macAddress = z.string().transform((value, context) => {
  const mac = parseMac(value);
  if (mac === null) {
    refuse(
      context,
      'is not a valid MAC address',
      'six pairs of hex digits, such as 52:54:00:12:34:01',
    );
  } else if (!isUnicastMac(mac)) {
    refuse(
      context,
      'cannot belong to a network card: it is a multicast or all-zero address',
      "find it on the machine's label or in its firmware setup",
    );
  } else return mac;
  return z.NEVER;
});

/** The address of a machine. */
export const ipv4 = judged((value) => {
  if (!isIPv4(value)) {
    const hint = 'four numbers from 0 to 255, such as 192.168.1.1';
    return { message: 'is not a valid IPv4 address', hint };
  }
  return hostFault(value, 'such as 192.168.1.1');
});

/** The address or the name of a machine. */
export const server = judged((value) => {
  const hint = 'such as 192.168.1.101';
  const isName = value.split('.').every((part) => LABEL.test(part)) && !/^[\d.]+$/.test(value);
  if (isIP(value) !== 0 || isName) return hostFault(value, hint);
  return { message: 'is neither an IP address nor a host name', hint };
});

function hostFault(host: string, hint: string): AddressFault | null {
  const message = notAHost(host);
  return message === null ? null : { message, hint };
}

export const cidr = judged((value) => {
  if (parseCidr(value) !== null) return null;
  const isV6 = isIPv6(value.split('/', 1)[0] ?? '');
  const message = isV6
    ? 'is an IPv6 address: IPv6 is not supported yet'
    : 'is not an IPv4 address with a prefix length';
  return { message, hint: 'such as 192.168.1.101/24' };
});

export const path = text(
  (value) => value !== '' && !value.includes('\0'),
  'is not a valid path',
  'a path relative to nodes.yaml, or one that starts with / or ~/',
);

export const keyList = z
  .array(
    text(
      (value) => value.trim() !== '',
      'is not a valid ssh key',
      'a path, a literal public key, or gh:<user>',
    ),
  )
  .min(1);

export const domain = text(
  (value) => value.length <= 253 && value.split('.').every((part) => LABEL.test(part)),
  'is not a valid domain',
  'such as home.arpa',
);
