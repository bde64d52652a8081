// Reads a whole request body.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ConnectionLost } from '../http/body.ts';
import { tooLong } from './api-errors.ts';

/**
 * Reads a body of at most `maxBytes`; the rest is not read.
 * @throws {HttpFault} 413 when it is longer; ConnectionLost when it never arrives
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLong(maxBytes);
  // Clients that send 'Expect: 100-continue' wait for this.
  if (request.headers.expect !== undefined) response.writeContinue();
  const chunks: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      request.pause();
      reject(tooLong(maxBytes));
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('close', () => reject(new ConnectionLost()));
  });
}
