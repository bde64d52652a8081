// POST /api/checkin: a machine reports its progress, guarded like its own folder in nodes/.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Checkin, checkinSchema, MAX_CHECKIN_BYTES } from '../../contract/checkin.ts';
import type { InventoryNode } from '../../contract/inventory.ts';
import { Mismatch, parseJson } from '../../contract/parse.ts';
import { NODES } from '../../contract/paths.ts';
import type { Guard } from '../guard/guard.ts';
import { RequestRate } from '../request-rate.ts';
import { forbidden, fromBrowser, noNode, notUnderstood, tooOften } from './api-errors.ts';
import { readBody } from './body.ts';

export interface CheckinDesk {
  /** Null: anyone may report for any node. */
  readonly guard: Guard | null;
  nodeOf(mac: string): InventoryNode | undefined;
  /**
   * Takes an admitted check-in; resolves once everything that must be stored is.
   * @throws {HttpFault}
   */
  take(checkin: Checkin, node: InventoryNode, address: string | null): Promise<void>;
  /** Milliseconds, monotonic. */
  now(): number;
}

/** A boot sends about ten. Bursts: four seconds' worth. */
const PER_NODE_PER_SECOND = 4;
const IN_ALL_PER_SECOND = 200;

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** @throws {HttpFault} in the handler, for every check-in that is rejected */
export function createCheckinHandler(desk: CheckinDesk): Handler {
  const rate = new RequestRate(PER_NODE_PER_SECOND, IN_ALL_PER_SECOND);
  return async (request, response) => {
    const { headers, socket } = request;
    if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined)
      throw fromBrowser();
    const checkin = parse(await readBody(request, response, MAX_CHECKIN_BYTES));
    const node = desk.nodeOf(checkin.mac);
    if (node === undefined) throw noNode(checkin.mac);
    const refusal = await refusalOf(desk.guard, [checkin.mac, ...node.macs], socket);
    if (refusal !== null) throw forbidden(refusal);
    if (!rate.admits(checkin.mac, desk.now())) throw tooOften();
    await desk.take(checkin, node, socket.remoteAddress ?? null);
    response.writeHead(204).end();
  };
}

/** A machine with several cards may use any of them; the reason given is the first one's. */
async function refusalOf(
  guard: Guard | null,
  macs: readonly string[],
  { remoteAddress, localAddress }: Socket,
): Promise<string | null> {
  let reason: string | null = null;
  if (guard === null) return null;
  for (const mac of new Set(macs)) {
    const refusal = await guard.refusal(`${NODES}/${mac}/`, remoteAddress, localAddress);
    if (refusal === null) return null;
    reason ??= refusal;
  }
  return reason;
}

function parse(body: Buffer): Checkin {
  try {
    return parseJson(checkinSchema, body.toString());
  } catch (error) {
    throw error instanceof Mismatch ? notUnderstood(error.message) : error;
  }
}
