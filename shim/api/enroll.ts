// POST /api/enroll: a node shows its public key and gets its secrets, sealed to it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type EnrollAnswer,
  type EnrollRequest,
  MAX_ENROLL_BYTES,
  parseEnrollRequest,
} from '../../contract/enrolment.ts';
import type { InventoryNode } from '../../contract/inventory.ts';
import { Mismatch } from '../../contract/parse.ts';
import { type PublicKey, readPublicKey, UnfitKey } from '../../trust/public-key.ts';
import { RequestRate } from '../request-rate.ts';
import { notValid } from './api-errors.ts';
import { readBody } from './body.ts';
import { enrolsTooOften } from './enroll-errors.ts';
import { type Admission, addressOf, admitted, refuseBrowsers } from './refusal.ts';
import { sendJson } from './send.ts';

export interface EnrolmentDesk extends Admission {
  /**
   * Answers an admitted node; resolves once what must be remembered is on the disk.
   * @throws {HttpFault}
   */
  enroll(
    request: EnrollRequest,
    key: PublicKey,
    node: InventoryNode,
    address: string | null,
  ): Promise<EnrollAnswer>;
  /** Milliseconds, monotonic. */
  now(): number;
}

/** A node asks every few minutes. Bursts: four seconds' worth. Sealing takes milliseconds. */
const PER_NODE_PER_SECOND = 1;
const IN_ALL_PER_SECOND = 25;

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** @throws {HttpFault} in the handler, for everything but a 200 */
export function createEnrollHandler(desk: EnrolmentDesk): Handler {
  const rate = new RequestRate(PER_NODE_PER_SECOND, IN_ALL_PER_SECOND);
  return async (request, response) => {
    refuseBrowsers(request);
    const asked = parse(await readBody(request, response, MAX_ENROLL_BYTES));
    const node = await admitted(desk, asked.mac, request);
    if (!rate.admits(node.name, desk.now())) throw enrolsTooOften();
    const key = readKey(asked.key);
    sendJson(response, await desk.enroll(asked, key, node, addressOf(request)));
  };
}

function parse(body: Buffer): EnrollRequest {
  try {
    return parseEnrollRequest(body.toString());
  } catch (error) {
    throw error instanceof Mismatch ? notValid('enrolment', error.message) : error;
  }
}

function readKey(pem: string): PublicKey {
  try {
    return readPublicKey(pem);
  } catch (error) {
    throw error instanceof UnfitKey ? notValid('enrolment', error.message) : error;
  }
}
