// A plain web server, such as a NAS has: nginx with nothing but a folder.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GENESIS, type Lan } from './lan.ts';
import { startProgram } from './program.ts';
import type { Scene } from './scene.ts';

/**
 * Serves `folder` on Genesis' address until the scene closes.
 * @param rules more lines for its server block
 */
export async function startNginx(
  scene: Scene,
  lan: Lan,
  folder: string,
  port: number,
  rules = '',
): Promise<void> {
  const inside = (name: string) => join(scene.scratch, `nginx-${port}.${name}`);
  const config = `
daemon off;
user root;
pid ${inside('pid')};
error_log stderr notice;
events {}
http {
  include /etc/nginx/mime.types;
  access_log ${join(scene.logs, `nginx-${port}-access.log`)};
  server { listen ${GENESIS}:${port}; root ${folder}; default_type text/plain; ${rules} }
}
`;
  await writeFile(inside('conf'), config);
  const command = lan.inside(['nginx', '-p', scene.scratch, '-c', inside('conf')]);
  const nginx = startProgram('nginx', command, join(scene.logs, `nginx-${port}.log`));
  scene.defer(() => nginx.stop());
  await nginx.said.waitFor(/start worker process/, 10);
}
