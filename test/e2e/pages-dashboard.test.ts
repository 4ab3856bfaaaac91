// The dashboard in a real browser, on the whole platform.
import { describe, expect, it } from 'vitest';
import { chromiumPath, expectText, isTooWide, keepScreenshot, useBrowser } from './browser.ts';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

describe.skipIf(chromiumPath === undefined)('the dashboard', () => {
  const under = usePlatform({ templates: ['python', 'javascript'] });
  const { visit } = useBrowser();
  const open = (options?: Parameters<typeof visit>[1]) =>
    visit(
      `${under.platform.endpoints.http}/dashboard#key=${under.platform.endpoints.apiKey}`,
      options,
    );
  const run = (code: string) => under.client.run({ language: 'python', userId: 'ann', code });

  it('shows the pools, and an execution as soon as it has ended', async () => {
    const page = await open();
    await expectText(page.getByTestId('connection'), 'live');
    await expectText(page.getByTestId('pools'), 'javascript');
    const {
      result: { executionId },
    } = await run('print(1)');
    const row = page.locator(`[data-execution="${executionId}"]`);
    await expectText(row, /completed.*python.*ms.*(warm|cold)/);
    await expectText(page.getByTestId('feed'), 'leased');
    await expectText(page.getByLabel('At a glance'), /Warm hit rate\d+ %/);
  });

  it('has the history of before it was opened', async () => {
    const {
      result: { executionId },
    } = await run('print(2)');
    await until('it is recorded', async () => {
      // The database begins after everything else.
      const activity = await under.client.activity().catch(() => []);
      return activity.some((row) => row.executionId === executionId && row.executionStatus !== '');
    });
    const page = await open();
    await page.locator(`[data-execution="${executionId}"]`).waitFor();
    await page.locator('.chart canvas').waitFor();
  });

  it('says when it is disconnected, and comes back by itself', async () => {
    const page = await open();
    await expectText(page.getByTestId('connection'), 'live');
    under.platform.signal('gateway', 'SIGKILL');
    await expectText(page.getByTestId('connection'), 'disconnected');
    await under.platform.ready('gateway');
    await expectText(page.getByTestId('connection'), 'live');
  });

  it('asks for a key where it has none', async () => {
    const page = await visit(`${under.platform.endpoints.http}/dashboard`);
    await page.getByRole('textbox', { name: 'API key' }).waitFor();
    await expectText(page.getByTestId('connection'), 'disconnected');
  });

  it('says that a key which is no admin’s sees its own project alone, and when it is revoked', async () => {
    const { http, apiKey } = under.platform.endpoints;
    const ask = async (method: string, path: string, body?: object) => {
      const answer = await fetch(`${http}/api/v1/${path}`, {
        method,
        headers: { 'X-API-Key': apiKey, ...(body && { 'Content-Type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      expect(answer.ok, await answer.clone().text()).toBe(true);
      return answer;
    };
    // Keys are made in the database, which begins after everything else.
    await until('there is a database', () => under.client.stats().then(Boolean, () => false));
    await ask('POST', 'projects', { slug: 'blue', name: 'Blue' });
    const made = await ask('POST', 'keys', { project: 'blue' });
    const { key, details } = (await made.json()) as {
      readonly key: string;
      readonly details: { readonly id: string };
    };
    const page = await visit(`${http}/dashboard#key=${key}`);
    await expectText(page.getByTestId('limited'), 'blue');
    await expectText(page.getByTestId('connection'), 'live');
    await run('print(4)');
    await page.getByText('Nothing was run yet.').waitFor();
    await ask('DELETE', `keys/${details.id}`);
    await expectText(page.getByTestId('connection'), 'disconnected');
    await expectText(page.getByRole('alert'), 'revoked');
  });

  it.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['phone', { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }],
  ] as const)('looks right: %s', async (name, options) => {
    const page = await open(options);
    await run('print(3)');
    await expectText(page.getByTestId('feed'), 'leased');
    await page.locator('.chart canvas').waitFor();
    expect(await isTooWide(page)).toBe(false);
    await keepScreenshot(page, `dashboard-${name}`);
  });
});
