// Turns what the services do into sightings: which machine, and how far each file is.
import { parseMac } from '../../contract/mac.ts';
import { NODES, TFTP_ROOT } from '../../contract/paths.ts';
import type { Sending } from '../http/hooks.ts';
import type { TftpEvent } from '../tftp/events.ts';
import type { MacCache } from './mac-cache.ts';
import type { AskedForFile, Sighting } from './sighting.ts';
import { isAfter, stageOfFile } from './stage-of.ts';

export interface ObserverOptions {
  readonly macs: MacCache;
  /** Whether nodes.yaml has a node with this MAC address. */
  readonly isNode: (mac: string) => boolean;
  /** Whether only the machine itself gets the files of its folder in nodes/. */
  readonly isGuarded: boolean;
  readonly see: (sighting: Sighting) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Which machine it is, and how sure that is. */
interface Whose extends Pick<AskedForFile, 'doubt'> {
  readonly mac: string;
}

/** A file being sent. */
interface Download extends Whose {
  readonly sending: Sending;
  position: number;
}

/** A client of the proxy DHCP server. */
export interface DhcpClient {
  /** In any form of contract/mac.ts. */
  readonly mac: string;
  readonly isIpxe: boolean;
  readonly archs: readonly number[];
}

export class Observer {
  readonly #options: ObserverOptions;
  readonly #downloads = new Set<Download>();

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  /** A file is being sent over HTTP. @returns to be called at its end */
  began(sending: Sending): (whole: boolean) => void {
    if (stageOfFile(sending.name) === null) return () => {};
    const at = this.#options.now();
    const begun = this.#whose(sending).then((whose) => {
      if (whose === null || !this.#counts(whose.mac, sending.name)) return null;
      const download = { ...whose, sending, position: sending.start };
      this.#see(download, 'begun', at);
      this.#downloads.add(download);
      return download;
    });
    return (whole) => {
      const end = this.#options.now();
      const { start, length } = sending;
      const position = whole ? start + length : this.#position(sending);
      begun.then((download) => {
        if (download === null) return;
        this.#downloads.delete(download);
        download.position = position;
        this.#see(download, whole ? 'whole' : 'cut', end);
      });
    };
  }

  /** Notes the progress of running downloads; to be called regularly. */
  progress(): void {
    for (const download of this.#downloads) {
      const position = this.#position(download.sending);
      if (position === download.position) continue;
      download.position = position;
      this.#see(download, 'running', this.#options.now());
    }
  }

  /** A TFTP transfer. One that was never acknowledged may have a forged sender and does not count. */
  tftp(event: TftpEvent): void {
    if (event.kind !== 'transfer' || event.isDoctor) return;
    if (!['complete', 'probed', 'aborted'].includes(event.outcome)) return;
    const { client, server, file, size, outcome } = event;
    const whole = outcome === 'complete';
    const position = whole ? size : 0;
    const seen = {
      kind: 'file',
      path: `${TFTP_ROOT}/${file}`,
      size,
      address: client.address,
      // It takes the answers to many packets to get a whole file, and one to give up.
      ...(!whole && { doubt: 'packet' as const }),
    } as const;
    const at = this.#options.now();
    this.#options.macs.macOf(client.address, server).then((mac) => {
      if (mac === null) return;
      this.#options.see({ ...seen, mac, at, position: 0, state: 'begun' });
      this.#options.see({ ...seen, mac, at, position, state: whole ? 'whole' : 'cut' });
    });
  }

  dhcp({ mac, isIpxe, archs }: DhcpClient): void {
    const canonical = parseMac(mac);
    if (canonical === null) return;
    const { now, see } = this.#options;
    see({ kind: 'dhcp', mac: canonical, address: null, at: now(), isIpxe, archs });
  }

  /**
   * A folder of nodes/ is only for its own machine: whoever the guard admits is that machine. Without a
   * guard, a client that the kernel does not know as that machine only claims to be it.
   */
  async #whose({ name, client, local }: Sending): Promise<Whose | null> {
    const { macs, isNode, isGuarded } = this.#options;
    const [first, folder = ''] = name.split('/', 2);
    const own = first === NODES ? parseMac(folder) : null;
    const asks = own !== null && isNode(own) ? own : null;
    if (asks !== null && isGuarded) {
      macs.learn(client, asks, false);
      return { mac: asks };
    }
    const seen = await macs.macOf(client, local);
    const isClaim = macs.isClaim(client);
    if (asks !== null && (seen !== asks || isClaim)) {
      macs.learn(client, asks, true);
      return { mac: asks, doubt: 'claim' };
    }
    if (seen === null) return null;
    return isClaim ? { mac: seen, doubt: 'claim' } : { mac: seen };
  }

  /** Anyone may download files: a stranger counts as a machine only if it boots by network. */
  #counts(mac: string, name: string): boolean {
    const stage = stageOfFile(name);
    return this.#options.isNode(mac) || (stage !== null && !isAfter(stage, 'script'));
  }

  #position({ start, length, sent }: Sending): number {
    return start + Math.min(length, sent());
  }

  #see({ sending, position, ...whose }: Download, state: AskedForFile['state'], at: number): void {
    const { client: address, name: path, size } = sending;
    this.#options.see({ kind: 'file', ...whose, address, at, path, position, size, state });
  }
}
