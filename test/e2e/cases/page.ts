// The page in a real browser, while machines boot from the real shim; then the same tree on a NAS.
import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { ISSUED, parseIssued } from '../../../contract/issued.ts';
import { PUBLISHERS } from '../../../fetch/sources/source.ts';
import { startFetching, startServe } from '../genesis.ts';
import { HTTP_PORT } from '../inventory.ts';
import { GENESIS, type Lan, openLan } from '../lan.ts';
import { startNginx } from '../nginx.ts';
import {
  bootHalf,
  HOSTILE,
  seeStage,
  seeState,
  watchBoot,
  watchFailure,
  watchFetch,
  watchHostile,
  watchOtherKey,
  watchStranger,
} from '../page/boots.ts';
import { openTab, startBrowser } from '../page/browser.ts';
import { assertCalm, checkAccessible, checkPreview, checkShapes, DESK } from '../page/look.ts';
import { buildProject, NODES, STRANGER } from '../page/project.ts';
import { connect } from '../page/station.ts';
import type { Scene } from '../scene.ts';

const NAS_PORT = 8888;
const PAGE = `http://${GENESIS}:${HTTP_PORT}/`;

/** @returns seconds from the first request of a boot to `ready` on its card */
export async function page(scene: Scene): Promise<number> {
  const dist = await buildProject(scene);
  const lan = await openLan(scene);
  const server = await startServe(scene, lan, dist);
  const [first, second, third] = NODES;
  const browser = await startBrowser(scene, lan);
  const tab = await openTab(browser, PAGE, DESK);
  await tab.page.waitForSelector('[data-connection=live]');
  const unseen = tab.page.locator('.card[data-state=unseen]');
  assert.equal(await unseen.count(), NODES.length);
  assert.equal(await unseen.getByText('Waits for: k3s.').count(), NODES.length);

  const began = performance.now();
  const station = await connect(scene, lan, first.mac, first.ip);
  await watchBoot(tab.page, first.name, station, await peerKeyOf(scene));
  const seconds = (performance.now() - began) / 1000;
  await watchOtherKey(tab.page, first.name, station);
  await watchFailure(tab.page, third.name, await connect(scene, lan, third.mac, third.ip));
  await watchStranger(tab.page, await connect(scene, lan, STRANGER.mac, STRANGER.ip));
  const slow = bootHalf(await connect(scene, lan, second.mac, second.ip));
  // Awaited below; until then its rejection must not end the process.
  slow.catch(() => undefined);
  await seeState(tab.page, second.name, 'booting');
  await seeStage(tab.page, second.name, 'root', 'running');
  await checkShapes(scene, browser, PAGE);
  await slow;
  await watchHostile(tab.page, first.name, station);
  await checkPreview(tab.page, first.mac);
  assertCalm(tab);
  await server.stop();
  await tab.page.waitForSelector('[data-connection=lost]');
  // Nothing listens there: the fetch tries for some seconds, and gives up.
  const mirrors = Object.keys(PUBLISHERS).map((name) => [name, `http://127.0.0.1:9/${name}`]);
  await startFetching(scene, lan, { ...PUBLISHERS, ...Object.fromEntries(mirrors) });
  await tab.page.waitForSelector('[data-connection=live]');
  await watchFetch(tab.page);
  await seeState(tab.page, third.name, 'failed');
  await checkNas(scene, browser, dist, lan);
  return seconds;
}

async function peerKeyOf({ scratch }: Scene): Promise<string> {
  const path = join(scratch, 'secrets', ISSUED);
  const [newest] = parseIssued(await readFile(path, 'utf8'), path).sets;
  assert.ok(newest !== undefined);
  return newest.peerKey;
}

/** The tree on a plain web server, in a folder, with names that no build would let through. */
async function checkNas(scene: Scene, browser: Browser, dist: string, lan: Lan): Promise<void> {
  const share = join(scene.scratch, 'share');
  const open = (path: string) => !/\/dist\/(nodes|\.build\.json)/.test(path);
  await cp(dist, join(share, 'boot'), { recursive: true, dereference: true, filter: open });
  const path = join(share, 'boot/inventory.json');
  const inventory = JSON.parse(await readFile(path, 'utf8'));
  inventory.cluster = HOSTILE;
  inventory.nodes[0].name = HOSTILE;
  await writeFile(path, JSON.stringify(inventory));
  await startNginx(scene, lan, share, NAS_PORT);
  const tab = await openTab(browser, `http://${GENESIS}:${NAS_PORT}/boot/`, DESK);
  await tab.page.waitForSelector('[data-connection=none]');
  assert.match((await tab.page.locator('.notice').textContent()) ?? '', /only hands out files/);
  assert.equal(await tab.page.locator('.card[data-state=plain]').count(), NODES.length);
  assert.equal(await tab.page.locator('h3').first().textContent(), HOSTILE);
  assert.equal(await tab.page.locator('h1').textContent(), HOSTILE);
  assert.equal(await tab.page.locator('img').count(), 0);
  assert.match(await tab.page.title(), /^<img/, 'the title is text too, and nobody changed it');
  await checkAccessible(tab.page, 'the NAS');
  assertCalm(tab);
}
