// What DHCP tells machines that boot over the network. Pure: judges the answers that doctor got.
import { BOOT_PROGRAMS } from '../../contract/boot-programs.ts';
import { TFTP_ROOT } from '../../contract/paths.ts';
import { OPTION } from '../../dhcp/option-codes.ts';
import { type DhcpPacket, decodeAddress, untilNul } from '../../dhcp/packet.ts';
import type { Asker } from '../../dhcp/question.ts';
import { type Finding, fault, note, ok } from './finding.ts';

/** The kinds of machine that doctor asks as, and the names of programs that they can run. */
export const KINDS = [
  { name: 'BIOS', arch: 0, runs: /\.k?pxe$/ },
  { name: 'UEFI', arch: 7, runs: /^(?!.*arm64).*\.efi$/ },
] as const satisfies readonly { name: string; arch: Asker['arch']; runs: RegExp }[];

export interface Genesis {
  /** All of its addresses. */
  readonly addresses: readonly string[];
  /** The files of its TFTP root. */
  readonly files: readonly string[];
}

/** What one answer says about booting. */
interface BootOffer {
  /** The DHCP server. */
  readonly by: string;
  readonly from: string;
  readonly file: string;
}

/** @param offers all answers to one kind's question */
export function judgeOffers(
  kind: string,
  offers: readonly DhcpPacket[],
  genesis: Genesis,
): Finding[] {
  const boots = offers.flatMap((offer) => bootOffer(offer) ?? []);
  const distinct = [...new Map(boots.map((boot) => [JSON.stringify(boot), boot])).values()];
  if (distinct.length === 0) {
    return [fault(`no DHCP server tells ${kind} machines what to boot`, fixFor(kind, genesis))];
  }
  const judged = distinct.map((boot) => judgeBoot(kind, boot, genesis));
  if (distinct.length === 1) return judged;
  const fix = 'let only one server name a boot file; machines take the first answer';
  return [
    ...judged,
    note(`${distinct.length} different answers tell ${kind} machines what to boot`, fix),
  ];
}

/** Our proxy DHCP offers no program that is missing. */
function fixFor(kind: string, { files }: Genesis): string {
  const arch = KINDS.find(({ name }) => name === kind)?.arch;
  const known = BOOT_PROGRAMS.find(({ archs }) => archs.some((one) => one === arch));
  return known === undefined || files.includes(known.program)
    ? 'run ./homepbp start --proxy-dhcp, or set up your DHCP server: dist/dhcp/README.txt says how'
    : `run ./homepbp fetch, then build: ${TFTP_ROOT}/${known.program} is missing`;
}

function judgeBoot(kind: string, { by, from, file }: BootOffer, genesis: Genesis): Finding {
  const told = `${kind} machines are told by ${by} to load ${file} from ${from}`;
  if (!genesis.addresses.includes(from)) {
    const fix = `set next-server (option 66) to ${genesis.addresses.join(' or ')}`;
    return fault(`${told}, which is not Genesis`, fix);
  }
  const name = file.replace(/^\/+/, '');
  const runs = KINDS.find((one) => one.name === kind)?.runs;
  const fitting = genesis.files.filter((one) => runs?.test(one));
  if (fitting.includes(name)) return ok(told);
  const why = genesis.files.includes(name) ? `no program for ${kind}` : 'no file there';
  return fault(`${told}, but that is ${why}`, `name ${fitting.join(' or ') || 'a boot program'}`);
}

function bootOffer({ options, siaddr, file, sname }: DhcpPacket): BootOffer | null {
  const text = (code: number) => untilNul(options.get(code) ?? new Uint8Array());
  const name = file || text(OPTION.bootFile);
  if (name === '') return null;
  const server = options.get(OPTION.serverId);
  const by = server?.length === 4 ? decodeAddress(server) : 'an unidentified server';
  const next = siaddr === '0.0.0.0' ? text(OPTION.tftpServerName) || sname : siaddr;
  return { by, from: next || by, file: name };
}

/** Whether a server on one of our networks gives machines an address. */
export function judgeAddresses(offers: readonly DhcpPacket[], asked: string): Finding {
  const given = offers.filter(({ yiaddr }) => yiaddr !== '0.0.0.0').map(({ yiaddr }) => yiaddr);
  if (given.length > 0) return ok(`DHCP gives machines an address (${given[0]})`);
  const fix = 'turn on the DHCP server of your router, and connect this computer to its network';
  return fault(`no DHCP server gives machines an address (asked from ${asked})`, fix);
}
