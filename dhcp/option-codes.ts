// DHCP and PXE numbers. Options and message types: IANA, "BOOTP Vendor Extensions and DHCP Options"
// (iana.org/assignments/bootp-dhcp-parameters); only those that network boot needs. The existing DHCP
// packages are unmaintained.

/** DHCP options by code. */
export const OPTION = {
  pad: 0,
  subnetMask: 1,
  router: 3,
  domainNameServer: 6,
  /** Encapsulated; for PXE see PXE_OPTION. */
  vendorSpecific: 43,
  requestedAddress: 50,
  /** Whether `file` and `sname` hold options (RFC 2132 section 9.3). */
  overload: 52,
  messageType: 53,
  /** The address of the server that sends, or is addressed. */
  serverId: 54,
  /** The option codes that the client requests. */
  parameterRequest: 55,
  maxMessageSize: 57,
  /** `PXEClient:Arch:00007:UNDI:003016`, `HTTPClient:…`. */
  vendorClass: 60,
  /** Replaces `sname` when that field holds options. */
  tftpServerName: 66,
  /** Replaces `file` when that field holds options. */
  bootFile: 67,
  /** RFC 3004; iPXE sends the bare text `iPXE`. */
  userClass: 77,
  /** RFC 4578 section 2.1: 16-bit numbers, see contract/boot-programs.ts. */
  clientArch: 93,
  /** RFC 4578 section 2.2: type, major, minor. */
  clientNdi: 94,
  /** RFC 4578 section 2.3: type 0 and 16 bytes. */
  clientUuid: 97,
  /** iPXE's own (from Etherboot): encapsulated. */
  ipxe: 175,
  end: 255,
} as const;

/** Option 53 (RFC 2132 section 9.6). */
export const MESSAGE_TYPE = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

/** PXE's suboptions of option 43 (PXE 2.1 specification, table 2-1). */
export const PXE_OPTION = {
  /** One byte of DISCOVERY_CONTROL. */
  discoveryControl: 6,
  bootServers: 8,
  bootMenu: 9,
  menuPrompt: 10,
  bootItem: 71,
} as const;

/** Bits of PXE_OPTION.discoveryControl. */
export const DISCOVERY_CONTROL = {
  noBroadcast: 1,
  noMulticast: 2,
  onlyListedServers: 4,
  /** The boot file is in this packet: download it, do not ask other servers. */
  useBootFile: 8,
} as const;
