// Incoming packets: which are answered, on which networks, and how often.
import { macWithColons, parseMac } from '../../contract/mac.ts';
import { TFTP_ROOT } from '../../contract/paths.ts';
import { type DhcpPacket, decodePacket, encodePacket } from '../../dhcp/packet.ts';
import type { PxeClient } from '../../dhcp/pxe-client.ts';
import type { LogEvent } from '../log.ts';
import { RequestRate } from '../request-rate.ts';
import { type BootFile, bootFileForClient } from './boot-file.ts';
import type { Broadcaster } from './broadcasters.ts';
import { decide, type Port } from './decide.ts';
import { Recent } from './recent.ts';
import { makeReply } from './reply.ts';

/** A machine that boots by network, as it describes itself. */
export interface AnsweredClient extends Pick<PxeClient, 'isIpxe' | 'archs'> {
  readonly mac: string;
}

export interface ResponderContext {
  /** By our address there; they come and go. */
  readonly networks: ReadonlyMap<string, Pick<Broadcaster, 'broadcast'>>;
  /** The port on which dist/ is served over HTTP; null when it is not. */
  readonly httpPort: number | null;
  /** Whether the TFTP root has a file now. */
  readonly has: (file: string) => boolean;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly log: (event: LogEvent) => void;
  readonly onClient: (client: AnsweredClient) => void;
  /** Counts a packet that gets no line in the log. */
  readonly count: (what: string) => void;
  /** Counts a packet that is logged at a limited rate. */
  readonly drop: (why: string) => void;
}

/** A client asks about six times in one boot, not counting retries. Bursts: four seconds' worth. */
const PER_CLIENT_PER_SECOND = 3;
const IN_ALL_PER_SECOND = 200;
/** Forged clients must not flood the log. */
const LINES_PER_SECOND = 10;

/** A request that gets a reply. */
interface Asked {
  readonly packet: DhcpPacket;
  readonly client: PxeClient;
  readonly type: 'offer' | 'ack';
  readonly mac: string;
  /** In the TFTP root. */
  readonly file: string;
  readonly arch: number | null;
}

export class Responder {
  readonly #context: ResponderContext;
  readonly #rate = new RequestRate(PER_CLIENT_PER_SECOND, IN_ALL_PER_SECOND);
  readonly #lines = new RequestRate(LINES_PER_SECOND, LINES_PER_SECOND);
  readonly #recent = new Recent();

  constructor(context: ResponderContext) {
    this.#context = context;
  }

  /**
   * A packet broadcast to port 67. The card it arrived on is unknown, so the reply goes out on every
   * network, each time with our address there; the client hears the right one.
   */
  atDhcpPort(bytes: Uint8Array): void {
    const { networks } = this.#context;
    const asked = this.#take(bytes, 'dhcp', new Set(networks.keys()));
    if (asked === null) return;
    const { serverId } = asked.client;
    for (const [server, network] of networks) {
      if (serverId === null || serverId === server) network.broadcast(this.#replyTo(asked, server));
    }
    this.#answered(asked);
  }

  /** A packet to port 4011 of one of our addresses, with a function that replies to its sender. */
  atBootServerPort(bytes: Uint8Array, server: string, send: (bytes: Uint8Array) => void): void {
    const asked = this.#take(bytes, 'boot-server', new Set([server]));
    if (asked === null) return;
    const reply = this.#replyTo(asked, server);
    // The sender may be forged: a reply must not be larger than its request (amplification).
    if (reply.length > bytes.length) {
      this.#context.drop('reply longer than the request');
      return;
    }
    send(reply);
    this.#answered(asked);
  }

  #take(bytes: Uint8Array, port: Port, own: ReadonlySet<string>): Asked | null {
    const { count, drop, now } = this.#context;
    const packet = decodePacket(bytes);
    if (packet.kind === 'malformed') {
      drop('malformed');
      return null;
    }
    const decision = decide(packet, port, own);
    if (decision.kind === 'ignore') {
      count(decision.why);
      return null;
    }
    const mac = macOf(packet);
    if (this.#recent.has(`${port} ${mac} ${packet.xid} ${decision.type}`, now())) {
      count('duplicate');
      return null;
    }
    if (!this.#rate.admits(mac, now())) {
      drop('over the rate limit');
      return null;
    }
    const boot = this.#bootFile(decision.client);
    if (boot.kind === 'file') return { ...decision, packet, mac, file: boot.file, arch: boot.arch };
    count('refused');
    this.#log('refused', { client: mac, says: whoIs(decision.client), reason: boot.reason });
    return null;
  }

  #bootFile(client: PxeClient): BootFile {
    if (client.vendorClass === 'HTTPClient' && this.#context.httpPort === null) {
      return { kind: 'none', reason: 'it asks for HTTP boot, but HTTP is not served' };
    }
    return bootFileForClient(client, this.#context.has);
  }

  #replyTo({ packet, client, type, file, arch }: Asked, server: string): Uint8Array {
    const url = `http://${server}:${this.#context.httpPort}/${TFTP_ROOT}/${file}`;
    const named = client.vendorClass === 'HTTPClient' ? url : file;
    return encodePacket(makeReply(packet, client, { type, server, file: named, arch }));
  }

  #answered({ type, client, mac, file }: Asked): void {
    this.#context.count(type);
    if (client.isDoctor) {
      this.#log('asked by ./homepbp doctor', { says: whoIs(client), file });
      return;
    }
    this.#context.onClient({ mac, isIpxe: client.isIpxe, archs: client.archs });
    this.#log(type, { client: mac, says: whoIs(client), file });
  }

  #log(event: string, fields: LogEvent['fields'] & object): void {
    const { log, drop, now } = this.#context;
    if (this.#lines.admits('', now())) log({ area: 'dhcp', event, fields });
    else drop('lines omitted from the log');
  }
}

function macOf({ chaddr }: DhcpPacket): string {
  return macWithColons(parseMac(Buffer.from(chaddr).toString('hex')) ?? '');
}

/** `iPXE`, or the class and the architectures. */
function whoIs({ isIpxe, vendorClass, archs }: PxeClient): string {
  return isIpxe ? 'iPXE' : `${vendorClass} ${archs.slice(0, 4).join(',')}`.trimEnd();
}
