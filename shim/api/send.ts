// The API's own answers.
import type { ServerResponse } from 'node:http';

const JSON_TYPE = 'application/json';

export function send(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}

export function sendJson(response: ServerResponse, value: object): void {
  sendJsonText(response, `${JSON.stringify(value)}\n`);
}

export function sendJsonText(response: ServerResponse, text: string): void {
  send(response, JSON_TYPE, text);
}
