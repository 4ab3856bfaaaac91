// Hello world in every language that this machine can run, from the playground's own menu.
import { describe, expect, it } from 'vitest';
import { chromiumPath, expectText, useBrowser } from './browser.ts';
import { usePlatform } from './fixture.ts';
import { choose, playgroundOn, runTo } from './playground.ts';
import { until } from './until.ts';

const six = ['python', 'javascript', 'java', 'go', 'cpp', 'rust'];

describe.skipIf(chromiumPath === undefined)('the language menu', () => {
  const under = usePlatform({ templates: six });
  const { visit } = useBrowser();

  it('offers what can be run, and each example of it runs to its end', {
    timeout: 300_000,
  }, async () => {
    // What is still being prepared has neither stock nor a version.
    const pools = await until(
      'every language is prepared, or cannot be',
      async () => {
        const all = await under.client.pools();
        return all.every(({ versions, unavailable }) => unavailable || versions.length > 0) && all;
      },
      120_000,
    );
    const able = pools.filter(({ unavailable }) => !unavailable).map(({ language }) => language);
    const page = await visit(
      `${under.platform.endpoints.http}/#key=${under.platform.endpoints.apiKey}`,
    );
    const it = playgroundOn(page);
    // Versions come with the gateway's answer.
    await page.locator('select option', { hasText: /Python \d/ }).waitFor({ state: 'attached' });
    const offered = await page
      .getByLabel('Language')
      .locator('option')
      .evaluateAll((options) => options.map((option) => option.getAttribute('value') ?? ''));
    expect(offered.toSorted()).toEqual(able.toSorted());
    for (const language of offered) {
      await choose(it, 'Language', language);
      await runTo(it, 'completed');
      await expectText(it.output, 'Hello from a sandbox that was warm before you asked.');
      for (const [example, text] of Object.entries({
        input: 'Good morning, Grace!',
        files: '12.57',
        stream: 'Warnings go to stderr.',
      })) {
        await choose(it, 'Example', example);
        await page.keyboard.press('Control+Enter');
        await expectText(it.output, text);
        await expectText(it.status, 'completed');
      }
    }
  });
});
