// Our TFTP server as a process of its own, for the benchmark: FOLDER → its port on standard output.
import { createFiles } from '../../shim/files.ts';
import { startTftpServer } from '../../shim/tftp/server.ts';

const [folder = '.'] = process.argv.slice(2);
/** Set where the bench has priority over what loads the machine, as on one that is quiet. */
const isAlone = process.env.BENCH_ALONE === '1';
const server = await startTftpServer({
  files: createFiles(folder, []),
  port: 0,
  addresses: ['127.0.0.1'],
  log: () => {},
  ...(isAlone ? { spare: () => true } : {}),
  limits: { transfersPerAddress: 1000, requestsPerSecond: 10_000, requestsPerSecondInAll: 10_000 },
});
process.stdout.write(`${server.addresses[0]?.port}\n`);
process.stdin.on('end', () => process.exit()).resume(); // The benchmark is gone.
