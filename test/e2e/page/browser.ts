// Chromium on the test's network, driven by playwright-core.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Lan } from '../lan.ts';
import type { Scene } from '../scene.ts';

/** Quiet: no pings home, no updates, nothing but what the page itself asks for. */
const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

export interface Viewport {
  readonly width: number;
  readonly height: number;
}

export interface Tab {
  readonly page: Page;
  /** What the page threw, and what its policy forbade. */
  readonly complaints: readonly string[];
}

/** Starts Chromium inside the network, as Genesis' own browser; it ends with the scene. */
export async function startBrowser(scene: Scene, lan: Lan): Promise<Browser> {
  // Playwright starts one program; the command that enters the namespace is in a script.
  const wrapper = join(scene.scratch, 'chromium');
  await writeFile(wrapper, `#!/bin/sh\nexec ${lan.inside(['chromium']).join(' ')} "$@"\n`, {
    mode: 0o755,
  });
  const browser = await chromium.launch({
    executablePath: wrapper,
    args: FLAGS,
    env: { ...process.env, HOME: await mkdtemp(join(scene.scratch, 'home-')) },
  });
  scene.defer(() => browser.close());
  return browser;
}

/** Opens a page and waits for its cards. */
export async function openTab(
  browser: Browser,
  url: string,
  { colorScheme = 'light', ...viewport }: Viewport & { colorScheme?: 'light' | 'dark' },
): Promise<Tab> {
  const context = await browser.newContext({ viewport, colorScheme });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|Trusted/i.test(message.text())) complaints.push(message.text());
  });
  await page.goto(url);
  await page.waitForSelector('.card');
  return { page, complaints };
}
