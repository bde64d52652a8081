// `./homepbp dev` in a real browser: edits show without a reload, errors in Vite's overlay.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { HOMEPBP } from '../genesis.ts';
import { SSH_KEY } from '../inventory.ts';
import { type Lan, openLan } from '../lan.ts';
import { openTab, startBrowser } from '../page/browser.ts';
import { DESK } from '../page/look.ts';
import { startProgram } from '../program.ts';
import type { Scene } from '../scene.ts';

const MACS = ['52:54:00:e2:01:01', '52:54:00:e2:01:02'];

/** @returns seconds from an edit to what it changed on the page */
export async function dev(scene: Scene): Promise<number> {
  await writeNodes(scene, ['attic']);
  const lan = await openLan(scene);
  const url = await startDev(scene, lan);
  const { page } = await openTab(await startBrowser(scene, lan), url, DESK);
  await page.waitForSelector('[data-connection=none]');
  assert.match((await page.locator('.notice').textContent()) ?? '', /serve with \.\/homepbp serve/);
  await page.evaluate('window.sameDocument = true');
  await page.getByRole('button', { name: 'Files of attic' }).click();
  await seePreview(page, 'attic');
  await page.keyboard.press('Escape');

  const began = performance.now();
  await writeNodes(scene, ['attic', 'cellar']);
  await page.waitForSelector('[data-node=cellar]');
  const seconds = (performance.now() - began) / 1000;
  await checkOpenPreview(scene, page);
  await checkOverlay(scene, page);
  assert.equal(await page.evaluate('window.sameDocument'), true, 'nothing was loaded again');
  return seconds;
}

function writeNodes(
  { scratch }: Scene,
  names: readonly string[],
  timezone = 'Europe/Berlin',
): Promise<void> {
  const nodes = names.map((name, index) => ({ name, mac: MACS[index], timezone }));
  const text = JSON.stringify({ ssh: { keys: [SSH_KEY] }, nodes }, null, 2);
  return writeFile(join(scratch, 'nodes.yaml'), text);
}

async function startDev(scene: Scene, lan: Lan): Promise<string> {
  const path = (name: string) => join(scene.scratch, name);
  const flags = ['--inventory', path('nodes.yaml'), '--media', path('media'), '--port', '0'];
  const words = lan.inside([HOMEPBP, 'dev', ...flags]);
  const server = startProgram('homepbp dev', words, join(scene.logs, 'dev.log'));
  scene.defer(() => server.stop());
  const { match } = await server.said.waitFor(/^dev (http:\/\/127\.0\.0\.1:\d+\/)$/m, 30);
  return match[1] ?? '';
}

function seePreview(page: Page, text: string): Promise<void> {
  return page.locator('dialog[open] pre', { hasText: text }).waitFor();
}

/** A preview that is open changes under the reader's eyes. */
async function checkOpenPreview(scene: Scene, page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Files of cellar' }).click();
  await seePreview(page, 'Europe/Berlin');
  await writeNodes(scene, ['attic', 'cellar'], 'Europe/Paris');
  await seePreview(page, 'Europe/Paris');
  await page.keyboard.press('Escape');
}

/** The error with its position, gone once it is fixed. */
async function checkOverlay(scene: Scene, page: Page): Promise<void> {
  await writeFile(join(scene.scratch, 'nodes.yaml'), 'nodes:\n  - { nmae: attic }\n');
  const overlay = page.locator('vite-error-overlay');
  await overlay
    .getByText(/nodes\.yaml:2:7: unknown key .nmae/)
    .first()
    .waitFor();
  await writeNodes(scene, ['cellar']);
  await overlay.waitFor({ state: 'detached' });
  await page.locator('[data-node=attic]').waitFor({ state: 'detached' });
}
