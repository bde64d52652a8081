// Base URLs, which say where machines find the tree: http://HOST[:PORT][/FOLDER]. The build writes them and machines
// check them again (payload/initramfs/steps/base-url.sh); base-url.trial.ts has the cases that both must agree on.

/** What is wrong with a text, to be read behind it. */
export interface AddressFault {
  readonly message: string;
  readonly hint: string;
}

const FORM = 'http://HOST[:PORT][/FOLDER] of the folder that dist/ is copied to';
/** Bytes. It is part of the kernel line, of which the kernel takes 2048. */
const MOST = 255;

/**
 * Why machines cannot use a base URL; null if they can. Plain characters only, as it is copied unquoted into
 * scripts and into the settings of DHCP servers. No TLS: the initramfs has none, nor have old iPXE builds.
 */
export function baseUrlFault(url: string): AddressFault | null {
  if (url.length > MOST) return faulty(`is longer than ${MOST} characters`);
  return schemeFault(url) ?? characterFault(url) ?? partsFault(url);
}

function faulty(message: string, hint = FORM): AddressFault {
  return { message, hint };
}

function schemeFault(url: string): AddressFault | null {
  if (url.startsWith('http://')) return null;
  const hint = `${FORM}; what machines load is checked by its hash`;
  if (/^https:/i.test(url)) return faulty('uses https: machines have no TLS that early', hint);
  return faulty('does not start with http://');
}

function characterFault(url: string): AddressFault | null {
  const [, host = ''] = /^http:\/\/([^/?#]*)/.exec(url) ?? [];
  if (host.includes('@')) return faulty('has a user name, which machines do not send');
  if (host.includes('['))
    return faulty(
      'has an IPv6 address: IPv6 is not supported yet',
      'use a name or an IPv4 address',
    );
  if (url.includes('?')) return faulty("has a query ('?'), which machines do not keep");
  if (url.includes('#')) return faulty("has a fragment ('#'), which machines do not keep");
  const [odd] = /[^\w.~@:+=%/-]/u.exec(url) ?? [];
  if (odd === undefined) return null;
  const what = odd === ' ' ? 'a space' : `'${odd}'`;
  const form = percentForm(odd);
  const isFolders = FORMS.test(form) && !host.includes(odd);
  return faulty(
    `contains ${what}, which is not allowed`,
    isFolders ? `write ${form} for it` : FORM,
  );
}

function percentForm(character: string): string {
  const bytes = [...new TextEncoder().encode(character)];
  return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

function partsFault(url: string): AddressFault | null {
  const [, host = '', port, folder = ''] = /^http:\/\/([^/:]*)(?::([^/]*))?(.*)$/.exec(url) ?? [];
  if (!isHost(host) || !URL.canParse(url))
    return faulty(`has no valid host name or IPv4 address ('${host}')`);
  if (port !== undefined && !isPort(port)) return faulty(`has no valid port (':${port}')`);
  if (/\/\.{1,2}(\/|$)/.test(folder)) return faulty("has '.' or '..' as a folder");
  if (FORMS.test(folder)) return null;
  return faulty("has a percent form that is incomplete or changes the folder's name or place");
}

/** iPXE and web servers undo percent forms: not where that makes a `/`, a `.`, a `\` or a control character. */
const FORMS = /^([^%]|%(2[0-9a-d]|[3-46][0-9a-f]|5[0-9abd-f]|7[0-9a-e]|[89a-f][0-9a-f]))*$/i;

/** No leading zeros, which iPXE takes as octal. */
function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65535;
}

const LABEL = /^\w([\w-]{0,61}\w)?$/;

/** An IPv4 address, or a name; a name whose last label is a number would be taken for an address. */
function isHost(text: string): boolean {
  const name = text.replace(/\.$/, '');
  const labels = name.split('.');
  if (name.length > 253 || !labels.every((label) => LABEL.test(label))) return false;
  return !/^(\d+|0x[\da-f]*)$/i.test(labels.at(-1) ?? '') || isIpv4(text);
}

/** Four decimal numbers without leading zeros. */
function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return (
    parts.length === 4 &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  );
}
