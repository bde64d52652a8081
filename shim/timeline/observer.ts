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
  readonly see: (sighting: Sighting) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A file being sent. */
interface Download {
  readonly sending: Sending;
  readonly mac: string;
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
    const begun = this.#macOf(sending).then((mac) => {
      if (mac === null || !this.#counts(mac, sending.name)) return null;
      const download = { sending, mac, position: sending.start };
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
    if (event.kind !== 'transfer' || !['complete', 'probed', 'aborted'].includes(event.outcome))
      return;
    const { client, server, file, size, outcome } = event;
    const whole = outcome === 'complete';
    const position = whole ? size : 0;
    const seen = {
      kind: 'file',
      path: `${TFTP_ROOT}/${file}`,
      size,
      address: client.address,
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

  /** A folder of nodes/ is only for its own machine: whoever the guard admits is that machine. */
  #macOf({ name, client, local }: Sending): Promise<string | null> {
    const { macs, isNode } = this.#options;
    const [first, folder = ''] = name.split('/', 2);
    const own = first === NODES ? parseMac(folder) : null;
    if (own === null || !isNode(own)) return macs.macOf(client, local);
    macs.learn(client, own);
    return Promise.resolve(own);
  }

  /** Anyone may download files: a stranger counts as a machine only if it boots by network. */
  #counts(mac: string, name: string): boolean {
    const stage = stageOfFile(name);
    return this.#options.isNode(mac) || (stage !== null && !isAfter(stage, 'script'));
  }

  #position({ start, length, sent }: Sending): number {
    return start + Math.min(length, sent());
  }

  #see({ sending, mac, position }: Download, state: AskedForFile['state'], at: number): void {
    const { client: address, name: path, size } = sending;
    this.#options.see({ kind: 'file', mac, address, at, path, position, size, state });
  }
}
