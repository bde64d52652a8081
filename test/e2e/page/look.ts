// What the page must be in every shape: legible, operable, within its policy.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Scene } from '../scene.ts';
import { openTab, type Tab } from './browser.ts';
import { NODES } from './project.ts';

export const DESK = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };

/** Opens a node's files by keyboard alone. */
export async function checkPreview(page: Page, mac: string): Promise<void> {
  const opener = page.getByRole('button', { name: `Files of ${NODES[0].name}` });
  await opener.focus();
  await page.keyboard.press('Enter');
  const dialog = page.locator('dialog[open]');
  await dialog.getByText('#cloud-config').waitFor();
  const text = (await dialog.locator('pre').textContent()) ?? '';
  assert.match(text, new RegExp(`hostname: "${NODES[0].name}"`));
  await checkAccessible(page, 'the dialog');
  await dialog.getByRole('button', { name: 'network-config' }).press('Enter');
  await dialog.getByText(mac).first().waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  const focused = await page.evaluate("document.activeElement.getAttribute('aria-label')");
  assert.equal(focused, `Files of ${NODES[0].name}`, 'the focus is back where it was');
}

/** Light and dark, desk and phone: accessible, nothing wider than the screen, looked at later. */
export async function checkShapes(scene: Scene, browser: Browser, url: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [name, viewport] of Object.entries({ desk: DESK, phone: PHONE })) {
      const tab = await openTab(browser, url, { ...viewport, colorScheme });
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
export async function checkAccessible(page: Page, where: string): Promise<void> {
  const source = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  await page.evaluate(await readFile(source, 'utf8'));
  const violations = await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, impact, nodes }) =>' +
      ' `${impact} ${id}: ${nodes.map(({ html }) => html).join(" ")}`))',
  );
  assert.deepEqual(violations, [], `axe-core on ${where}`);
}

export function assertCalm({ complaints }: Tab): void {
  assert.deepEqual(complaints, []);
}
