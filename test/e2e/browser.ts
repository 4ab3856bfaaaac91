// A real Chromium for the tests of one block, and pages that must not do what no page of ours does.
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

/** Of Debian's package; undefined where there is none on the PATH. */
export const chromiumPath: string | undefined = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'chromium'))
  .find((path) => existsSync(path));

if (chromiumPath === undefined) {
  console.log('Pages are not tested: there is no chromium on the PATH (apt-get install chromium).');
}

/** Screenshots, for people to look at. */
const artefacts = join(import.meta.dirname, '../artefacts');

const waitMs = 20_000;

export interface Visitors {
  /** A fresh visitor with nothing remembered. */
  visit(address: string, options?: BrowserContextOptions): Promise<Page>;
}

/**
 * One browser for the block. After each test its visitors leave, and the test fails if one of their pages
 * threw, broke its content security policy, or ran what was put into it (a dialog, or `window.injected`).
 */
export function useBrowser(): Visitors {
  let browser: Browser | undefined;
  const pages: Page[] = [];
  const faults: string[] = [];
  beforeAll(async () => {
    if (chromiumPath === undefined) return;
    // As root there is no sandbox of Chromium's own.
    browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) {
      if (await page.evaluate('window.injected')) faults.push('A script ran that was only data.');
      await page.context().close();
    }
    expect(faults.splice(0)).toEqual([]);
  });
  afterAll(() => browser?.close());
  return {
    async visit(address, options = {}) {
      if (browser === undefined) throw new Error('There is no browser.');
      const context = await browser.newContext({
        ...{ viewport: { width: 1280, height: 820 }, reducedMotion: 'reduce' },
        ...options,
      });
      const page = await context.newPage();
      page.setDefaultTimeout(waitMs);
      pages.push(page);
      page.on('pageerror', (error) => faults.push(`It threw: ${error.message}`));
      page.on('console', (message) => {
        if (message.text().includes('Content Security Policy')) faults.push(message.text());
      });
      page.on('dialog', (dialog) => {
        faults.push(`A dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      await page.goto(address);
      return page;
    },
  };
}

/** Kept below test/artefacts. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(artefacts, { recursive: true });
  await page.screenshot({ path: join(artefacts, `${name}.png`), fullPage: true });
}

/** Waits until an element holds a text. */
export async function expectText(element: Locator, text: string | RegExp): Promise<void> {
  await element.filter({ hasText: text }).waitFor();
}

/** Whether the page can be scrolled sideways. */
export function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth',
  );
}
