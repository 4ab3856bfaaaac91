// What a person does on the playground, as the tests do it.
import type { Locator, Page } from 'playwright-core';
import { expectText } from './browser.ts';

/** The parts of the page that tests look at. */
export interface Playground {
  readonly page: Page;
  readonly output: Locator;
  readonly status: Locator;
}

export function playgroundOn(page: Page): Playground {
  return {
    page,
    output: page.getByRole('region', { name: 'Output' }),
    status: page.getByTestId('status'),
  };
}

/** Replaces what is in the editor. */
export async function write({ page }: Playground, code: string): Promise<void> {
  const editor = page.getByRole('textbox', { name: 'Source code' });
  await editor.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  // As a paste: typing would close brackets and indent by itself.
  await page.keyboard.insertText(code);
}

/** Ctrl+Enter, until it has ended as said. */
export async function runTo(playground: Playground, status: string | RegExp): Promise<void> {
  await playground.page.keyboard.press('Control+Enter');
  await expectText(playground.status, status);
}

export async function choose({ page }: Playground, menu: string, option: string): Promise<void> {
  await page.getByLabel(menu, { exact: true }).selectOption(option);
}
