// A UDP socket for tests, to be run in another network namespace: `node udp-pipe.ts PORT`. Lines
// `HEX ADDRESS:PORT`, in to be sent and out as they come.
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
