// Boots as the shim sees them, and what the page makes of each step.
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { checkAccessible } from './look.ts';
import { NODES, OS, STRANGER } from './project.ts';
import type { Station } from './station.ts';

/** What must stay text wherever it comes from. */
export const HOSTILE =
  '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';

/** Waits until a card is in a state. */
export async function seeState(page: Page, name: string, state: string): Promise<void> {
  await page.waitForSelector(`[data-node=${name}][data-state=${state}]`);
}

/** Waits until a stage of a card is in one of some states. */
export async function seeStage(
  page: Page,
  name: string,
  stage: string,
  ...states: readonly string[]
) {
  const wanted = states.map(
    (state) => `[data-node=${name}] [data-stage=${stage}][data-state=${state}]`,
  );
  await page.waitForSelector(wanted.join(', '));
}

/** The first part of a boot, up to the kernel's start. */
async function bootKernel(station: Station): Promise<void> {
  await station.load('undionly.kpxe');
  await station.load('boot.ipxe');
  await station.get('boot.ipxe');
}

/** @param peerKey by which it proves that it founded the cluster */
export async function watchBoot(
  page: Page,
  name: string,
  station: Station,
  peerKey: string,
): Promise<void> {
  const folder = `nodes/${NODES[0].mac.replaceAll(':', '-')}`;
  await station.load('undionly.kpxe');
  await seeStage(page, name, 'firmware', 'running', 'done');
  await station.load('boot.ipxe');
  await station.get('boot.ipxe');
  await seeStage(page, name, 'ipxe', 'running', 'done');
  await station.get(`${folder}/boot.ipxe`);
  await station.get(`${OS}/vmlinuz`);
  await station.get(`${OS}/initrd`);
  await station.get(`${OS}/homepbp.cpio`);
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
  await station.found(peerKey, 'founded the cluster');
  await station.say('ready', 'k3s runs');
  await seeState(page, name, 'ready');
  assert.match(
    (await page.locator('.founding').textContent()) ?? '',
    new RegExp(`^founded by ${name}`),
  );
}

export async function watchFailure(page: Page, name: string, station: Station): Promise<void> {
  await bootKernel(station);
  await station.say(
    'root',
    'fetching the root image',
    'rootfs.squashfs is damaged: the SHA-256 is not the one of the build',
  );
  await seeState(page, name, 'failed');
}

/** A fetch is shown while it runs, and once it has failed. */
export async function watchFetch(page: Page): Promise<void> {
  await page.waitForSelector('[data-fetch=running] progress');
  await checkAccessible(page, 'a fetch that runs');
  const failed = page.locator('[data-fetch=failed]');
  await failed.waitFor();
  assert.match((await failed.textContent()) ?? '', /Run \.\/homepbp fetch .*127\.0\.0\.1:9/);
  await checkAccessible(page, 'a fetch that failed');
}

/** Its first key is believed; another one is in red, with the command to copy, while the node stays ready. */
export async function watchOtherKey(page: Page, name: string, station: Station): Promise<void> {
  assert.equal(await station.enroll(), 200);
  assert.equal(await station.enroll(), 409);
  const refused = page.locator(`[data-node=${name}][data-state=ready] .refused`);
  await refused.waitFor();
  assert.match((await refused.textContent()) ?? '', /enrolled since .* with another disk, from /);
  await refused.getByRole('button').click();
  await refused.getByText('Copied').waitFor();
  assert.equal((await pasted(page)).trim(), `./homepbp enroll ${name}`);
}

/** What machines say stays text. */
export async function watchHostile(page: Page, name: string, station: Station): Promise<void> {
  await station.say('ready', HOSTILE);
  await page.locator(`[data-node=${name}] .detail`, { hasText: HOSTILE }).waitFor();
  await station.say('cluster', HOSTILE, HOSTILE);
  await page.locator(`[data-node=${name}] .problem`, { hasText: HOSTILE }).waitFor();
  assert.equal(await page.locator('img').count(), 0);
  assert.doesNotMatch(await page.title(), /owned/);
}

/** A boot that is on its way while others look. */
export async function bootHalf(station: Station): Promise<void> {
  const folder = `nodes/${NODES[1].mac.replaceAll(':', '-')}`;
  await bootKernel(station);
  await station.get(`${folder}/boot.ipxe`);
  await station.get(`${OS}/vmlinuz`);
  await station.get(`${OS}/initrd`);
  await station.say('root', 'fetching rootfs.squashfs');
  await station.get(`${OS}/rootfs.squashfs`, 3e6);
}

/** It appears, and its line gets into the clipboard of a page that is not a secure context. */
export async function watchStranger(page: Page, station: Station): Promise<void> {
  await station.load('undionly.kpxe');
  await station.get('boot.ipxe');
  await station.get('unknown.ipxe');
  const stranger = page.locator('.stranger');
  await stranger.waitFor();
  const line = (await stranger.locator('code').textContent()) ?? '';
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
  await page.evaluate("document.querySelector('body > textarea').remove()");
  return text;
}
