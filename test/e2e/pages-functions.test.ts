// The functions page in a real browser, on the whole platform: reports come in by REST, the page shows them by itself.
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, expectText, isTooWide, keepScreenshot, useBrowser } from './browser.ts';
import { usePlatform } from './fixture.ts';
import { projectWithKey, reportStarts } from './function-reports.ts';

describe.skipIf(chromiumPath === undefined)('the functions page', () => {
  const under = usePlatform({ templates: ['shell'] });
  const { visit } = useBrowser();
  const keys = new Map<string, string>();
  const keyOf = (project: string) => keys.get(project) ?? expect.fail(`no key of ${project}`);
  const http = () => under.platform.endpoints.http;

  beforeAll(async () => {
    for (const project of ['blue', 'red', 'hostile']) {
      keys.set(project, await projectWithKey(under.client, project));
    }
  }, 120_000);

  const open = (project: string, options?: Parameters<typeof visit>[1]) =>
    visit(`${http()}/functions#key=${keyOf(project)}`, options);
  const report = (project: string, functionName: string, more: object = {}) =>
    reportStarts(http(), keyOf(project), { functionName, coldStarts: 12, ...more });
  const rowOf = (page: Page, name: string) =>
    page.getByTestId('functions').getByRole('row').filter({ hasText: name });

  /** The page of one function, from the list. */
  async function follow(page: Page, name: string): Promise<void> {
    await rowOf(page, name).getByRole('link').click();
    await expectText(page.getByRole('heading', { level: 1 }), name);
    await page.getByTestId('modules').waitFor();
  }

  it('says how to add the SDK, and shows the first report as soon as it comes', async () => {
    const page = await open('blue');
    await expectText(page.getByTestId('no-functions'), `COLDSTART_ENDPOINT=${http()}`);
    await expectText(page.getByTestId('no-functions'), 'a key of the project blue');
    await report('blue', 'payment-service');
    await expectText(
      rowOf(page, 'payment-service'),
      /nodejs22\.x.*us-east-1.*512 MB.*100 %.*2\.01 s/,
    );
  });

  it('shows one function: percentiles, advice, who loaded whom, and the same as a table', async () => {
    await report('blue', 'payment-service');
    const page = await open('blue');
    await follow(page, 'payment-service');
    await expectText(page.getByLabel('At a glance'), /Cold starts12.*p502\.0\d s.*p952\.0\d s/);
    const advice = page.getByTestId('recommendations');
    await expectText(advice, /aws-sdk.*saves .* confidence/s);
    await expectText(advice, 'from 12 cold starts');
    const tree = page.getByRole('tree', { name: 'Where the start goes' });
    const names = await tree
      .getByRole('treeitem')
      .evaluateAll((items) =>
        items.map((item) => [item.getAttribute('aria-level'), item.getAttribute('aria-label')]),
      );
    expect(names).toEqual([
      ['1', 'Whole start, 2.01 s'],
      ['2', './src/payment, 1.54 s, 40 ms its own, 2 % of the start'],
      [
        '3',
        'aws-sdk, 1.20 s, 1.00 s its own, 50 % of the start, loaded by ./src/payment, unused in 100 % of the starts',
      ],
      [
        '4',
        'xml2js, 200 ms, 200 ms its own, 10 % of the start, loaded by aws-sdk, unused in 100 % of the starts',
      ],
      ['3', 'moment, 300 ms, 300 ms its own, 15 % of the start, loaded by ./src/payment'],
    ]);
    const row = page.locator('[data-module="aws-sdk"]');
    await expectText(row, /aws-sdk.*unused.*2\.1692\.0.*node_modules\/aws-sdk\/index\.js/);
    await expectText(row, /\.\/src\/payment.*1\.20 s.*1\.00 s50 %12/);
  });

  it('is used by keyboard alone', async () => {
    await report('blue', 'payment-service');
    const page = await open('blue');
    await follow(page, 'payment-service');
    const tree = page.getByRole('tree');
    const focused = tree.locator(':focus');
    const widthOf = async (name: string) =>
      (await tree.getByRole('treeitem', { name }).boundingBox())?.width ?? 0;
    const whole = await widthOf('Whole start');
    await tree.getByRole('treeitem', { name: 'Whole start' }).focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
    await expectText(focused, 'moment');
    await expectText(page.getByTestId('facts'), /Loaded by.*payment.*Own time300 ms/);
    expect(await widthOf('moment')).toBeLessThan(whole / 4);
    await page.keyboard.press('Enter');
    await tree.getByRole('treeitem', { name: /^aws-sdk/ }).waitFor({ state: 'detached' });
    expect(await widthOf('moment')).toBeCloseTo(whole, 0);
    await page.keyboard.press('Escape');
    await tree.getByRole('treeitem', { name: /^aws-sdk/ }).waitFor();
    await expectText(focused, 'moment');
    // One stop for Tab, however many blocks there are.
    expect(await tree.locator('[tabindex="0"]').count()).toBe(1);
  });

  it('looks as far back as it is told to', async () => {
    await report('blue', 'payment-service');
    const page = await open('blue');
    await follow(page, 'payment-service');
    const asked = page.waitForRequest(/\/api\/v1\/functions\/[^?]+\?start=/);
    await page.getByLabel('Cold starts of the').selectOption('last 24 hours');
    const start = new URL((await asked).url()).searchParams.get('start') ?? '';
    expect(Math.abs(Date.now() - 86_400_000 - Date.parse(start))).toBeLessThan(60_000);
    await expectText(page.getByLabel('At a glance'), 'Cold starts12');
  });

  it('shows names as the text that they are', async () => {
    const image = '<img src=x onerror="window.injected=1">';
    const moduleTimings = { [image]: 90, 'script\u202e</script>': 80, constructor: 70 };
    await report('hostile', image, { moduleTimings });
    const page = await open('hostile');
    await follow(page, image);
    for (const name of Object.keys(moduleTimings)) {
      await expectText(page.getByTestId('modules').getByRole('rowheader'), name);
    }
    expect(await page.locator('main img').count()).toBe(0);
  });

  it('shows a project its own functions alone', async () => {
    await report('blue', 'payment-service');
    const page = await open('red');
    await page.getByTestId('no-functions').waitFor();
    const [own] = await under.client.listFunctions({ project: 'blue' });
    await page.goto(`${http()}/functions?id=${own?.id}`);
    await expectText(page.getByTestId('problem'), /no such function.*asked for again/);
  });

  it('asks for a key where it has none', async () => {
    const page = await visit(`${http()}/functions`);
    await page.getByRole('textbox', { name: 'API key' }).waitFor();
    await expectText(page.getByRole('main'), 'Without an API key there is nothing to show.');
  });

  it.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['phone', { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }],
  ] as const)('looks right: %s', async (name, options) => {
    await report('blue', 'payment-service');
    const page = await open('blue', options);
    await rowOf(page, 'payment-service').waitFor();
    expect(await isTooWide(page)).toBe(false);
    await follow(page, 'payment-service');
    expect(await isTooWide(page)).toBe(false);
    await keepScreenshot(page, `functions-${name}`);
  });
});
