// The snippets of dist/dhcp/ in the servers that they are for, on a router: real firmware boots by each.
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootByWay, WAYS } from '../boot-ways.ts';
import { DHCP_DAEMONS, type DhcpDaemon } from '../dhcp-daemons.ts';
import { announceRouter } from '../dnsmasq.ts';
import { buildDist, serveDist } from '../genesis.ts';
import { checkDhcpHost } from '../host.ts';
import { addComputer, type Lan, NETWORK, openLan, ROUTER } from '../lan.ts';
import { type Running, startProgram } from '../program.ts';
import type { Scene } from '../scene.ts';

/** @returns the slowest boot, in seconds */
export async function dhcpServers(scene: Scene): Promise<number> {
  await checkDhcpHost();
  const dist = await buildDist(scene);
  const lan = await openLan(scene);
  await serveDist(scene, lan, dist);
  await announceRouter(scene, lan);
  const inside = await addComputer(scene, lan, 'router', ROUTER);
  const seconds: number[] = [];
  for (const daemon of Object.values(DHCP_DAEMONS)) {
    const server = await start(scene, inside, daemon, dist);
    for (const way of ['bios', 'uefi'] as const)
      seconds.push(await bootByWay(scene, lan, `${daemon.name}-${way}`, WAYS[way]));
    await server.stop();
  }
  return Math.max(...seconds);
}

async function start(
  scene: Scene,
  inside: Lan['inside'],
  daemon: DhcpDaemon,
  dist: string,
): Promise<Running> {
  const folder = join(scene.scratch, daemon.name);
  await mkdir(folder);
  const snippet = await readFile(join(dist, 'dhcp', daemon.snippet), 'utf8');
  const words = daemon.configure(snippet, { folder, card: 'lan', network: NETWORK });
  const server = startProgram(daemon.name, inside(words), join(scene.logs, `${daemon.name}.log`));
  scene.defer(() => server.stop());
  await server.said.waitFor(daemon.ready, 10);
  return server;
}
