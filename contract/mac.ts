// MAC addresses. One canonical form, iPXE's ${mac:hexhyp}: lower-case hex pairs with hyphens.

const FORMS = [
  '[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}', // 52:54:00:12:34:01
  '[0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2}){5}', // 52-54-00-12-34-01
  '[0-9A-Fa-f]{4}(\\.[0-9A-Fa-f]{4}){2}', // 5254.0012.3401
  '[0-9A-Fa-f]{12}', // 525400123401
];

/** The accepted notations, as the source of a regular expression. */
export const MAC_PATTERN = `^(${FORMS.join('|')})$`;
const MAC = new RegExp(MAC_PATTERN);

/**
 * The canonical form of a MAC address written with colons, hyphens, Cisco dots or bare.
 * Null for anything else.
 */
export function parseMac(text: string): string | null {
  if (!MAC.test(text)) return null;
  const digits = text.toLowerCase().replaceAll(/[^0-9a-f]/g, '');
  return (digits.match(/../g) ?? []).join('-');
}

/** Converts to the notation of cloud-init, netplan and Linux: colons. */
export function macWithColons(mac: string): string {
  return mac.replaceAll('-', ':');
}

/** Whether a canonical address can belong to one network card (IEEE 802: I/G bit clear, not zero). */
export function isUnicastMac(mac: string): boolean {
  return mac !== '00-00-00-00-00-00' && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0;
}

/** Whether a text is in the canonical form. */
export function isCanonicalMac(text: string): boolean {
  return parseMac(text) === text;
}
