// POST /api/checkin: a machine reports its progress, guarded like its own folder in nodes/.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Checkin, checkinSchema, MAX_CHECKIN_BYTES } from '../../contract/checkin.ts';
import type { InventoryNode } from '../../contract/inventory.ts';
import { Mismatch, parseJson } from '../../contract/parse.ts';
import { RequestRate } from '../request-rate.ts';
import { notValid, tooOften } from './api-errors.ts';
import { readBody } from './body.ts';
import { type Admission, addressOf, admitted, refuseBrowsers } from './refusal.ts';

export interface CheckinDesk extends Admission {
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
    refuseBrowsers(request);
    const checkin = parse(await readBody(request, response, MAX_CHECKIN_BYTES));
    const node = await admitted(desk, checkin.mac, request);
    if (!rate.admits(checkin.mac, desk.now())) throw tooOften();
    await desk.take(checkin, node, addressOf(request));
    response.writeHead(204).end();
  };
}

function parse(body: Buffer): Checkin {
  try {
    return parseJson(checkinSchema, body.toString());
  } catch (error) {
    throw error instanceof Mismatch ? notValid('check-in', error.message) : error;
  }
}
