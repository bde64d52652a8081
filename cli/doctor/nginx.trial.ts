// For tests: the real nginx, one server for each set of rules.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const NGINX = '/usr/sbin/nginx';
/** nginx cannot be asked to choose one, so another program may take it first. */
const ATTEMPTS = 5;

/** Why there is no nginx here; false: there is. */
export function withoutNginx(): string | false {
  try {
    execFileSync(NGINX, ['-v'], { stdio: 'ignore' });
    return false;
  } catch {
    return process.env.HOMEPBP_REQUIRE_TOOLS === '1' ? false : 'nginx is not installed';
  }
}

/** Serves `root` by some lines for its server block; gives the address. Ends with the test. */
export async function startNginx(t: TestContext, root: string, rules: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-nginx-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const conf = join(folder, 'conf');
    writeFileSync(conf, confOf(folder, root, port, rules));
    if (await run(t, folder, conf)) return `http://127.0.0.1:${port}`;
    if (attempt === ATTEMPTS) throw new Error('nginx does not start');
  }
}

/** Root's nginx must not be root: what it may read is what is tested. */
function confOf(folder: string, root: string, port: number, rules: string): string {
  const user = process.getuid?.() === 0 ? 'user www-data;' : '';
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => {
    mkdirSync(join(folder, name), { recursive: true });
    return `${name}_temp_path ${join(folder, name)};`;
  });
  return `${user} daemon off; pid ${join(folder, 'pid')}; error_log stderr notice; events {}
http { access_log off; ${temp.join(' ')} default_type text/plain;
server { listen 127.0.0.1:${port}; root ${root}; ${rules} } }
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Whether it runs; it says so on stderr, or ends. */
async function run(t: TestContext, folder: string, conf: string): Promise<boolean> {
  const words = ['-p', folder, '-c', conf, '-e', 'stderr'];
  const nginx = spawn(NGINX, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(nginx, 'exit');
  const started = new Promise<boolean>((resolve) => {
    let text = '';
    nginx.stderr.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.includes('start worker process ')) resolve(true);
    });
  });
  const runs = await Promise.race([started, ended.then(() => false)]);
  if (runs)
    t.after(async () => {
      nginx.kill('SIGTERM');
      await ended;
    });
  return runs;
}
