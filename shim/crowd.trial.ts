// For tests in network namespaces: one machine that takes all that it can get. Runs until it is killed.
//   tcp HOST PORT COUNT PATH ADDRESS…   COUNT requests from each address, whose answers it never reads
//   udp HOST PORT RATE ADDRESS          RATE requests a second, in the name of the address
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { encodeRequest } from './tftp/packet.ts';

const [kind, host = '', port = '', number = '', ...rest] = process.argv.slice(2);

async function request(path: string, localAddress: string): Promise<void> {
  const socket = connect({ host, port: Number(port), localAddress });
  socket.on('error', () => {}).pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
}

async function takeConnections([path = '', ...addresses]: readonly string[]): Promise<void> {
  for (const address of addresses) {
    for (let n = 0; n < Number(number); n += 1) await request(path, address);
  }
}

/** Each request from another port, so that each is a transfer of its own. */
async function forge([address = '']: readonly string[]): Promise<void> {
  const bytes = encodeRequest({ kind: 'rrq', filename: 'boot.bin', mode: 'octet', options: [] });
  const send = async () => {
    const socket = createSocket('udp4').on('error', () => {});
    await new Promise<void>((bound) => socket.bind({ address }, bound));
    socket.send(bytes, Number(port), host, () => socket.close());
  };
  setInterval(send, 1000 / Number(number));
  await send();
}

await (kind === 'udp' ? forge(rest) : takeConnections(rest));
console.log('ready');
setInterval(() => {}, 60_000);
