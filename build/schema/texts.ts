// The texts that nodes.yaml holds: names, addresses, paths.
import { isIP, isIPv4 } from 'node:net';
import { z } from 'zod';
import { isUnicastMac, parseMac } from '../../contract/mac.ts';
import { parseCidr } from '../subnet.ts';

/** A text that must pass `test`; the hint says what a right one looks like. */
export function text(test: (value: string) => boolean, message: string, hint: string) {
  return z.string().refine(test, { message, params: { hint } });
}

/** Refuses a value inside a refinement or a transform. */
export function refuse(context: z.RefinementCtx, message: string, hint: string) {
  context.addIssue({ code: 'custom', message, params: { hint } });
}

/** A value that may be absent, and is null then. */
export function orNull<S extends z.ZodType>(schema: S) {
  return schema.optional().transform((value) => value ?? null);
}

/** A label of a host name (RFC 1123). */
export const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export const name = text(
  (value) => LABEL.test(value),
  'is no host name (RFC 1123 label)',
  'lower-case letters, digits and hyphens, at most 63, such as k8s-node01',
);

/** In any usual form; what comes out is canonical (contract/mac.ts). */
export const macAddress = z.string().transform((value, context) => {
  const mac = parseMac(value);
  if (mac === null) {
    refuse(context, 'is no MAC address', 'six pairs of hex digits, such as 52:54:00:12:34:01');
  } else if (!isUnicastMac(mac)) {
    refuse(
      context,
      'is no network card: it is a multicast or all-zero address',
      "look on the machine's label or in its firmware",
    );
  } else return mac;
  return z.NEVER;
});

export const ipv4 = text(
  isIPv4,
  'is no IPv4 address',
  'four numbers from 0 to 255, such as 192.168.1.1',
);

export const server = text(
  (value) =>
    isIP(value) !== 0 ||
    (value.split('.').every((part) => LABEL.test(part)) && !/^[\d.]+$/.test(value)),
  'is neither an IP address nor a host name',
  'such as 192.168.1.101',
);

export const cidr = text(
  (value) => parseCidr(value) !== null,
  'is no IPv4 address with its prefix length',
  'such as 192.168.1.101/24',
);

export const path = text(
  (value) => value !== '' && !value.includes('\0'),
  'is no path',
  'a path relative to nodes.yaml, or from / or ~/',
);

export const keyList = z
  .array(
    text(
      (value) => value.trim() !== '',
      'is no ssh key',
      'a path, a literal public key, or gh:<user>',
    ),
  )
  .min(1);

export const domain = text(
  (value) => value.length <= 253 && value.split('.').every((part) => LABEL.test(part)),
  'is no domain',
  'such as home.arpa',
);
