// What DHCP tells machines that boot by network: pure, from the answers to doctor's questions.
import { OPTION } from '../../dhcp/option-codes.ts';
import { type DhcpPacket, decodeAddress, untilNul } from '../../dhcp/packet.ts';
import type { Asker } from '../../dhcp/question.ts';
import { type Finding, fault, note, ok } from './finding.ts';

/** The kinds of machine that are asked for. */
export const KINDS = [
  { name: 'BIOS', arch: 0 },
  { name: 'UEFI', arch: 7 },
] as const satisfies readonly { name: string; arch: Asker['arch'] }[];

export interface Genesis {
  /** All of its own. */
  readonly addresses: readonly string[];
  /** The files of its TFTP root. */
  readonly files: readonly string[];
}

/** What one answer says of booting; null where it says nothing. */
interface BootOffer {
  /** Who says so. */
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
    const fix =
      './homepbp start --proxy-dhcp, or put what fits of dist/dhcp/ into your DHCP server';
    return [fault(`nobody tells ${kind} machines what to boot`, fix)];
  }
  const judged = distinct.map((boot) => judgeBoot(kind, boot, genesis));
  if (distinct.length === 1) return judged;
  const fix = 'let only one of them name a boot file; machines take the one that comes first';
  return [...judged, note(`${distinct.length} answers tell ${kind} machines what to boot`, fix)];
}

function judgeBoot(kind: string, { by, from, file }: BootOffer, genesis: Genesis): Finding {
  const told = `${kind} machines are told by ${by} to load ${file} from ${from}`;
  if (!genesis.addresses.includes(from)) {
    const fix = `set next-server (option 66) to this computer: ${genesis.addresses.join(' or ')}`;
    return fault(`${told}, which is not this computer`, fix);
  }
  if (genesis.files.includes(file.replace(/^\/+/, ''))) return ok(told);
  return fault(`${told}, where there is no such file`, `name one of ${genesis.files.join(', ')}`);
}

function bootOffer({ options, siaddr, file, sname }: DhcpPacket): BootOffer | null {
  const text = (code: number) => untilNul(options.get(code) ?? new Uint8Array());
  const name = file || text(OPTION.bootFile);
  if (name === '') return null;
  const server = options.get(OPTION.serverId);
  const by = server?.length === 4 ? decodeAddress(server) : 'a server without a name';
  const next = siaddr === '0.0.0.0' ? text(OPTION.tftpServerName) || sname : siaddr;
  return { by, from: next || by, file: name };
}

/** Whether some server gives machines an address, on one of our networks. */
export function judgeAddresses(offers: readonly DhcpPacket[], asked: string): Finding {
  const given = offers.filter(({ yiaddr }) => yiaddr !== '0.0.0.0').map(({ yiaddr }) => yiaddr);
  if (given.length > 0) return ok(`DHCP gives machines an address (${given[0]})`);
  const fix =
    'turn on the DHCP server of your router, and see that this computer is on its network';
  return fault(`no DHCP server gives machines an address (asked by ${asked})`, fix);
}
