// For tests: other TFTP clients, each with the command line that fetches `boot.bin`.
import { join } from 'node:path';

/** Where the server is. */
interface Server {
  readonly host: string;
  readonly port: number;
}

/** A client with some of its options. */
export interface Client {
  /** The command line that fetches `boot.bin` into the file `target`. */
  readonly words: (server: Server, target: string) => readonly [string, ...string[]];
  /** The window size that the server must have granted. */
  readonly windowsize: number;
}

export const FILE = 'boot.bin';

const NPM_CLIENT = join(import.meta.dirname, 'npm-client.trial.ts');

function curl(...options: string[]): Client {
  return {
    words: ({ host, port }, target) => {
      return ['curl', '-sS', ...options, '-o', target, `tftp://${host}:${port}/${FILE}`];
    },
    windowsize: 1,
  };
}

/** @param options as `name value` */
function atftp(options: readonly string[] = [], windowsize = 1): Client {
  const given = options.flatMap((option) => ['--option', option]);
  return {
    words: ({ host, port }, target) => {
      return ['atftp', ...given, '--get', '-r', FILE, '-l', target, host, String(port)];
    },
    windowsize,
  };
}

function atftpWindow(windowsize: number): Client {
  return atftp([`windowsize ${windowsize}`, 'blksize 1468'], windowsize);
}

function npmTftp(windowsize: number): Client {
  return {
    words: ({ host, port }, target) => {
      const where = [host, String(port), String(windowsize)];
      return [process.execPath, NPM_CLIENT, ...where, FILE, target];
    },
    windowsize,
  };
}

export const CLIENTS: Readonly<Record<string, Client>> = {
  curl: curl(),
  'curl without options': curl('--tftp-no-options'),
  'curl, blksize 1468': curl('--tftp-blksize', '1468'),
  'curl, blksize 65464': curl('--tftp-blksize', '65464'),
  tftp: {
    words: ({ host, port }, target) => {
      return ['tftp', '-m', 'binary', host, String(port), '-c', 'get', FILE, target];
    },
    windowsize: 1,
  },
  atftp: atftp(),
  'atftp, tsize and timeout': atftp(['tsize 0', 'timeout 2']),
  'atftp, windowsize 4': atftpWindow(4),
  'atftp, windowsize 16': atftpWindow(16),
  'atftp, windowsize 64': atftpWindow(64),
  busybox: {
    words: ({ host, port }, target) => {
      const files = ['-g', '-r', FILE, '-l', target];
      return ['busybox', 'tftp', ...files, '-b', '1468', host, String(port)];
    },
    windowsize: 1,
  },
  'npm tftp': npmTftp(1),
  'npm tftp, windowsize 4': npmTftp(4),
  'npm tftp, windowsize 64': npmTftp(64),
};
