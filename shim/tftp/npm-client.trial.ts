// For tests: the npm `tftp` client as a program: HOST PORT WINDOWSIZE NAME FILE.
import { promisify } from 'node:util';
import { createClient } from 'tftp';

const [host = '', port = '', windowSize = '', name = '', file = ''] = process.argv.slice(2);
const client = createClient({ host, port: Number(port), windowSize: Number(windowSize) });
await promisify(client.get.bind(client))(name, file);
