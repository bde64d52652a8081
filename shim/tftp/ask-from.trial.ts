// For tests: asks a server at port 69 for `boot.bin`, and prints the address that the first answer
// comes from, or `nothing` after two seconds (also if the port is closed).
import { createSocket } from 'node:dgram';
import { encodeRequest } from './packet.ts';

const [server = ''] = process.argv.slice(2);
const socket = createSocket('udp4');
const timer = setTimeout(() => end('nothing'), 2000);

function end(said: string): void {
  clearTimeout(timer);
  console.log(said);
  socket.close();
}

// Not connected, so that an answer from a wrong address is seen too.
socket.on('message', (_, { address }) => end(address));
socket.send(
  encodeRequest({ kind: 'rrq', filename: 'boot.bin', mode: 'octet', options: [] }),
  69,
  server,
);
