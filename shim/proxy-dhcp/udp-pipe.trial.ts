// For tests: a UDP socket to run in another network namespace, `node udp-pipe.ts PORT`. Lines
// `HEX ADDRESS:PORT`: sent as they are read, printed as they arrive.
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';

const socket = createSocket('udp4');
socket.on('message', (bytes, { address, port }) => {
  process.stdout.write(`${bytes.toString('hex')} ${address}:${port}\n`);
});
socket.bind(Number(process.argv[2]), () => {
  socket.setBroadcast(true);
  process.stdout.write('ready\n');
});
createInterface({ input: process.stdin }).on('line', (line) => {
  const [hex = '', to = ''] = line.split(' ');
  const [address = '', port = ''] = to.split(':');
  socket.send(Buffer.from(hex, 'hex'), Number(port), address);
});
