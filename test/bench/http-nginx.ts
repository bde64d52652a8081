// nginx as the HTTP bench's peer: one worker, no log.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

/** `sendfile`: the kernel sends from the file cache; `copies`: read and write, as Node.js must too. */
export const NGINX = {
  sendfile: { port: 18_973, settings: 'sendfile on; tcp_nopush on;' },
  copies: { port: 18_974, settings: 'sendfile off; output_buffers 2 512k;' },
} as const;

/**
 * Starts it over folder/dist/; resolves once it listens.
 * @param program its path
 */
export async function startNginx(program: string, folder: string, kind: keyof typeof NGINX) {
  const { port, settings } = NGINX[kind];
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const configuration = `daemon off; master_process off; worker_processes 1;
    pid ${folder}/${kind}.pid; error_log ${folder}/${kind}.log; events { }
    http { access_log off; keepalive_requests 1000000; ${settings}
      ${places.map((place) => `${place}_temp_path ${folder}/${place};`).join(' ')}
      server { listen 127.0.0.1:${port}; root ${folder}/dist; } }`;
  await writeFile(join(folder, `${kind}.conf`), configuration);
  const args = ['-p', folder, '-c', join(folder, `${kind}.conf`), '-e', `${folder}/${kind}.log`];
  const child = spawn(program, args, { stdio: 'inherit' });
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await listens(port)) return { child, port };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nginx did not start');
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const up = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return up;
}
