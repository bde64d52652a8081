// The page in a real browser, while machines boot from the real shim; then the same tree on a NAS.
import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { serveDist } from '../genesis.ts';
import { HTTP_PORT } from '../inventory.ts';
import { GENESIS, openLan } from '../lan.ts';
import { startNginx } from '../nginx.ts';
import { openTab, startBrowser, type Tab } from '../page/browser.ts';
import { buildProject, NODES, OS, STRANGER } from '../page/project.ts';
import { connect, type Station } from '../page/station.ts';
import type { Scene } from '../scene.ts';

const DESK = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };
const NAS_PORT = 8888;
const URL = `http://${GENESIS}:${HTTP_PORT}/`;

/** What must stay text wherever it comes from. */
const HOSTILE = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';

/** @returns seconds from the first request of a boot to `ready` on its card */
export async function page(scene: Scene): Promise<number> {
  const dist = await buildProject(scene);
  const lan = await openLan(scene);
  await serveDist(scene, lan, dist);
  const [first, second, third] = NODES;
  const browser = await startBrowser(scene, lan);
  const tab = await openTab(browser, URL, DESK);
  await tab.page.waitForSelector('[data-connection=live]');
  assert.equal(await tab.page.locator('.card[data-state=unseen]').count(), NODES.length);

  const began = performance.now();
  await watchBoot(tab.page, first.name, await connect(scene, lan, first.mac, first.ip));
  const seconds = (performance.now() - began) / 1000;
  await watchFailure(tab.page, third.name, await connect(scene, lan, third.mac, third.ip));
  await watchStranger(tab.page, await connect(scene, lan, STRANGER.mac, STRANGER.ip));
  const slow = bootHalf(await connect(scene, lan, second.mac, second.ip));
  await seeState(tab.page, second.name, 'booting');
  await tab.page.waitForSelector(`[data-node=${second.name}] [data-stage=root][data-state=running]`);
  await checkShapes(scene, browser);
  await slow;
  await checkPreview(tab.page, first.mac);
  assertCalm(tab);
  await checkNas(scene, browser, dist, lan);
  return seconds;
}

/** Waits until a card is in a state. */
async function seeState(page: Page, name: string, state: string): Promise<void> {
  await page.waitForSelector(`[data-node=${name}][data-state=${state}]`);
}

/** Waits until a stage of a card is in one of some states. */
async function seeStage(page: Page, name: string, stage: string, ...states: readonly string[]) {
  const wanted = states.map((state) => `[data-node=${name}] [data-stage=${stage}][data-state=${state}]`);
  await page.waitForSelector(wanted.join(', '));
}

/** The first part of a boot, up to the kernel's start. */
async function bootKernel(station: Station): Promise<void> {
  await station.load('undionly.kpxe');
  await station.load('boot.ipxe');
  await station.get('boot.ipxe');
}

async function watchBoot(page: Page, name: string, station: Station): Promise<void> {
  const folder = `nodes/${NODES[0].mac.replaceAll(':', '-')}`;
  await station.load('undionly.kpxe');
  await seeStage(page, name, 'firmware', 'running', 'done');
  await station.load('boot.ipxe');
  await station.get('boot.ipxe');
  await seeStage(page, name, 'ipxe', 'running', 'done');
  await station.get(`${folder}/boot.ipxe`);
  await station.get(`${OS}/vmlinuz`);
  await station.get(`${OS}/initrd`);
  await station.get('os/homepbp.cpio.gz');
  await seeStage(page, name, 'kernel', 'done');
  await seeStage(page, name, 'initrd', 'running', 'done');
  await station.say('root', 'fetching the root image');
  await station.get(`${OS}/rootfs.squashfs`);
  await seeStage(page, name, 'root', 'running', 'done');
  for (const file of ['user-data', 'meta-data', 'vendor-data', 'network-config']) {
    await station.get(`${folder}/${file}`);
  }
  await station.say('seed', 'its files are in place');
  await station.say('disk', 'STATE is mounted from /dev/sda3');
  await seeStage(page, name, 'disk', 'running', 'done');
  await station.say('cluster', 'no cluster yet: two of three servers are wanted');
  await seeStage(page, name, 'cluster', 'running');
  await station.say('founded', 'founded the cluster');
  await station.say('ready', `k3s runs ${HOSTILE}`);
  await seeState(page, name, 'ready');
  assert.match(await page.locator('.founding').innerText(), new RegExp(`^founded by ${name}`));
  assert.match(await page.locator(`[data-node=${name}] .detail`).innerText(), /<img src=x/);
}

async function watchFailure(page: Page, name: string, station: Station): Promise<void> {
  await bootKernel(station);
  await station.say('root', 'fetching the root image', `the image is damaged ${HOSTILE}`);
  await seeState(page, name, 'failed');
  const problem = await page.locator(`[data-node=${name}] .problem`).innerText();
  assert.match(problem, /the image is damaged <img src=x/);
}

/** A boot that is on its way while others look. */
async function bootHalf(station: Station): Promise<void> {
  const folder = `nodes/${NODES[1].mac.replaceAll(':', '-')}`;
  await bootKernel(station);
  await station.get(`${folder}/boot.ipxe`);
  await station.get(`${OS}/vmlinuz`);
  await station.get(`${OS}/initrd`);
  await station.say('root', 'fetching rootfs.squashfs');
  await station.get(`${OS}/rootfs.squashfs`, 3e6);
}

/** It appears, and its line gets into the clipboard of a page that is no secure context. */
async function watchStranger(page: Page, station: Station): Promise<void> {
  await station.load('undionly.kpxe');
  await station.get('boot.ipxe');
  await station.get('unknown.ipxe');
  const stranger = page.locator('.stranger');
  await stranger.waitFor();
  const line = await stranger.locator('code').innerText();
  assert.equal(line.trim(), `- { name: k8s-agent05, mac: "${STRANGER.mac}" }`);
  assert.equal(await page.evaluate('isSecureContext'), false);
  await stranger.getByRole('button').click();
  await stranger.getByText('Copied').waitFor();
  assert.equal((await pasted(page)).trim(), line.trim());
}

/** What a user's paste would give. */
async function pasted(page: Page): Promise<string> {
  await page.evaluate("document.body.append(document.createElement('textarea'))");
  const area = page.locator('body > textarea');
  await area.focus();
  await page.keyboard.press('Control+V');
  const text = await area.inputValue();
  await area.evaluate('element => element.remove()');
  return text;
}

/** Opens a node's files by keyboard alone; nothing in them is the secret itself. */
async function checkPreview(page: Page, mac: string): Promise<void> {
  const opener = page.getByRole('button', { name: `Files of ${NODES[0].name}` });
  await opener.focus();
  await page.keyboard.press('Enter');
  const dialog = page.locator('dialog[open]');
  await dialog.getByText('#cloud-config').waitFor();
  const text = await dialog.locator('pre').innerText();
  assert.match(text, new RegExp(`hostname: "${NODES[0].name}"`));
  assert.ok(text.includes('********'), 'secrets are masked');
  await checkAccessible(page, 'the dialog');
  await dialog.getByRole('button', { name: 'network-config' }).press('Enter');
  await dialog.getByText(mac).first().waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await opener.evaluate('element => element === document.activeElement'), true);
}

/** Light and dark, desk and phone: accessible, nothing wider than the screen, looked at later. */
async function checkShapes(scene: Scene, browser: Browser): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [name, viewport] of Object.entries({ desk: DESK, phone: PHONE })) {
      const tab = await openTab(browser, URL, { ...viewport, colorScheme });
      await tab.page.waitForSelector('[data-connection=live]');
      const background = await tab.page.evaluate('getComputedStyle(document.body).backgroundColor');
      const [red = 0] = (String(background).match(/\d+/g) ?? []).map(Number);
      assert.equal(red < 128, colorScheme === 'dark', `${colorScheme}: ${background}`);
      const path = join(scene.logs, `page-${colorScheme}-${name}.png`);
      await tab.page.screenshot({ path, fullPage: true });
      const width = await tab.page.evaluate('document.documentElement.scrollWidth');
      assert.equal(width, viewport.width, `${name} does not scroll sideways`);
      for (const summary of await tab.page.locator('summary').all()) await summary.click();
      await checkAccessible(tab.page, `${colorScheme} ${name}`);
      assertCalm(tab);
      await tab.page.context().close();
    }
  }
}

/** axe-core's rules; minor findings count too. */
async function checkAccessible(page: Page, where: string): Promise<void> {
  const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  await page.evaluate(await readFile(source, 'utf8'));
  const violations = await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, impact, nodes }) =>' +
      ' `${impact} ${id}: ${nodes.map(({ html }) => html).join(" ")}`))',
  );
  assert.deepEqual(violations, [], `axe-core on ${where}`);
}

function assertCalm({ complaints }: Tab): void {
  assert.deepEqual(complaints, []);
}

/** The tree on a plain web server, in a folder, with names that no build would let through. */
async function checkNas(
  scene: Scene,
  browser: Browser,
  dist: string,
  lan: Awaited<ReturnType<typeof openLan>>,
): Promise<void> {
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
  assert.match(await tab.page.locator('.notice').innerText(), /does not watch machines boot/);
  assert.equal(await tab.page.locator('.card[data-state=plain]').count(), NODES.length);
  assert.equal(await tab.page.locator('h3').first().innerText(), HOSTILE);
  assert.equal(await tab.page.locator('h1').innerText(), HOSTILE);
  assert.equal(await tab.page.locator('img').count(), 0);
  assert.match(await tab.page.title(), /^<img/, 'the title is text too, and nobody changed it');
  await checkAccessible(tab.page, 'the NAS');
  assertCalm(tab);
}
