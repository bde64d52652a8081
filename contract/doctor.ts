// How `doctor` marks what it asks, so that no server of ours takes it for a machine. Whoever copies
// the marks hides from the page; they grant nothing.

/** `User-Agent` of its HTTP requests. */
export const DOCTOR_AGENT = 'homepbp-doctor';

/** The name of an option in its TFTP requests, which servers that do not know it ignore (RFC 2347). */
export const DOCTOR_OPTION = 'homepbp-doctor';

/** The machine UUID (option 97) in its DHCP requests, in lower-case hex; its MAC addresses are made up. */
export const DOCTOR_UUID = '7d2c0f5be1a84c6f9b3e5a4d6f63746f';
