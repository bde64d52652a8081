// A program of its own inside the demo's network: passes connections from a socket in the file system, which
// the host can reach, to Genesis. usage: relay.ts SOCKET ADDRESS PORT
import { connect, createServer, type Socket } from 'node:net';

const [path, host = '', port] = process.argv.slice(2);

/** Joins two connections: each ends when the other does. */
function join(one: Socket, other: Socket): void {
  one.on('error', () => other.destroy()).on('close', () => other.destroy());
  other.on('error', () => one.destroy()).on('close', () => one.destroy());
  one.pipe(other).pipe(one);
}

const server = createServer((near) => join(near, connect(Number(port), host)));
server.listen(path, () => process.stdout.write('ready\n'));
