// Errors of the sources of media: what, at which URL, and what to do next.
import { UserError } from '../../messages/user-error.ts';
import { FetchError } from '../fetch-errors.ts';

function hinted(what: string, hint: string, cause?: unknown): UserError {
  return new UserError(`${what}\n  hint: ${hint}`, cause === undefined ? undefined : { cause });
}

/** Whether the server answered that it has no such file. */
export function isMissing(error: unknown): boolean {
  return error instanceof FetchError && (error.status === 404 || error.status === 410);
}

const MAYBE_UPDATING =
  'a mirror can show this for a few minutes while it is updated: run it again later, or use another mirror';
const CUSTOM =
  'point os.custom at your own kernel, initrd, root image and modules (the media/ of an earlier fetch has them)';

/** The server's file is not the one in the signed index. */
export function wrongContent(url: string, index: string, actual: string): UserError {
  return hinted(`${url}: does not match ${index} (${actual})`, MAYBE_UPDATING);
}

/** The signature is good, but what was signed is not what we asked for or cannot be read. */
export function badIndex(url: string, why: string, cause?: unknown): UserError {
  return hinted(
    `${url}: ${why}`,
    'check the mirror, or use the publisher itself; if this is the publisher, its format has changed: please report it',
    cause,
  );
}

export function noSuchBuild(
  url: string,
  product: string,
  serial: string,
  listed: readonly string[],
): UserError {
  const others = listed.length === 0 ? 'none' : listed.slice(0, 5).join(', ');
  return hinted(
    `${url}: ${product} has no complete build ${serial}; it has: ${others}`,
    `run ./homepbp fetch --update os for the newest one, or ${CUSTOM}`,
  );
}

export function noSuchProduct(
  url: string,
  product: string,
  outOfSupport: boolean,
  kernels: readonly string[],
): UserError {
  const others = kernels.length === 0 ? '' : `; available: ${kernels.join(', ')}`;
  const newer = outOfSupport
    ? 'it is out of support and no longer published: set a newer release in nodes.yaml, or '
    : 'correct the release or the kernel in nodes.yaml, or ';
  return hinted(`${url}: ${product} is not listed${others}`, newer + CUSTOM);
}

export function noKernelVersion(url: string): UserError {
  return hinted(`${url}: cannot find a version in this kernel`, CUSTOM);
}

export function noModules(release: string, tried: readonly string[]): UserError {
  return hinted(
    `linux-modules-${release} is not available anywhere; asked:\n    ${tried.join('\n    ')}`,
    `run ./homepbp fetch --update os for a newer kernel, or ${CUSTOM}`,
  );
}

export function badVersion(text: string): UserError {
  return hinted(
    `'${text}' is not a k3s version or channel`,
    'use a version such as v1.34.10+k3s1, or a channel: stable, latest, v1.34',
  );
}

export function noSuchChannel(
  url: string,
  channel: string,
  channels: readonly string[],
): UserError {
  return hinted(
    `${url}: there is no channel '${channel}'`,
    `the channels are ${channels.join(', ')}`,
  );
}

export function channelsUnreadable(url: string, cause: unknown): UserError {
  return hinted(
    `${url}: not a list of k3s channels`,
    'set the exact version in nodes.yaml (cluster.k3s), such as v1.34.10+k3s1',
    cause,
  );
}

export function noSuchRelease(url: string, version: string, cause: unknown): UserError {
  return hinted(
    `${url}: there is no k3s ${version}`,
    'see https://github.com/k3s-io/k3s/releases for the versions, and correct cluster.k3s',
    cause,
  );
}

export function hashMissing(url: string, name: string): UserError {
  return hinted(`${url}: it has no hash for ${name}`, 'set another version in cluster.k3s');
}

export function sizeUnknown(url: string): UserError {
  return hinted(
    `${url}: the server does not report the file's size`,
    'use another mirror, or the publisher itself',
  );
}

export function memberMissing(url: string, names: readonly string[]): UserError {
  return hinted(
    `${url}: does not contain ${names.join(' or ')}`,
    "this is not iPXE's ipxeboot.tar.gz: check the mirror, or install the distribution's ipxe package instead",
  );
}

export function noBusybox(url: string, why: string): UserError {
  return hinted(
    `${url}: ${why}`,
    "check the mirror, install the distribution's busybox-static package (for this computer's own architecture), or set os.custom.busybox",
  );
}

export function noSuchGithubUser(url: string, user: string, cause: unknown): UserError {
  return hinted(`${url}: GitHub has no user '${user}'`, `correct gh:${user} in nodes.yaml`, cause);
}

export function noGithubKeys(url: string, user: string): UserError {
  return hinted(
    `${url}: '${user}' has no ssh key that sshd accepts`,
    'add one at https://github.com/settings/keys, or put a public key in nodes.yaml',
  );
}

export function oddGithubKeys(url: string, line: string): UserError {
  return hinted(
    `${url}: not an ssh key: '${line.slice(0, 60)}'`,
    'a captive portal on this network, or a wrong mirror: open the URL in a browser',
  );
}
