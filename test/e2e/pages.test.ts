// The playground in a real browser, as a person uses it, on the whole platform.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { chromiumPath, expectText, isTooWide, keepScreenshot, useBrowser } from './browser.ts';
import { usePlatform } from './fixture.ts';
import { choose, playgroundOn, runTo, write } from './playground.ts';

const hello = 'Hello from a sandbox that was warm before you asked.';

describe.skipIf(chromiumPath === undefined)('the playground', () => {
  const under = usePlatform({ templates: ['python', 'javascript'] });
  const { visit } = useBrowser();
  const address = (path = '/') => `${under.platform.endpoints.http}${path}`;
  const link = (path = '/') => `${address(path)}#key=${under.platform.endpoints.apiKey}`;
  const open = async (options?: Parameters<typeof visit>[1]) =>
    playgroundOn(await visit(link(), options));

  it('takes the key of the printed link over, and out of the address bar', async () => {
    const { page } = await open();
    expect(page.url()).toBe(address());
    expect(await page.evaluate('history.length')).toBeLessThanOrEqual(2);
    await page.getByRole('button', { name: 'Change key' }).waitFor();
  });

  it('runs with Ctrl+Enter and tells times, memory and the phases of the sandbox', async () => {
    const it = await open();
    await runTo(it, 'completed');
    await expectText(it.output, hello);
    await expectText(it.page.getByTestId('run'), /Exit code0Wall.*ms.*CPU.*ms.*Memory.*[kM]B/);
    await expectText(it.page.getByTestId('timeline'), /(warm|cold start).*App init.*ms/s);
    await keepScreenshot(it.page, 'playground-light');
  });

  it('shows output while the program still runs', async () => {
    const it = await open();
    await write(it, 'print("first", flush=True)\nwhile True: pass\n');
    await it.page.keyboard.press('Control+Enter');
    await expectText(it.output, 'first');
    await expectText(it.status, 'running');
    await it.page.getByRole('button', { name: 'Cancel' }).click();
    await expectText(it.status, 'cancelled');
    await it.page.getByRole('button', { name: 'Run', exact: true }).waitFor();
  });

  it('goes on where it was when its connection is cut in the middle of output', async () => {
    const it = await open();
    const froms = await cutAfter(it.page, 5);
    await write(
      it,
      'import time\nfor n in range(40):\n    print(n, flush=True)\n    time.sleep(0.05)\n',
    );
    await runTo(it, 'completed');
    const lines = (await it.output.innerText()).trim().split(/\s+/);
    expect(lines).toEqual(Array.from({ length: 40 }, (_, n) => String(n)));
    expect(froms[0]).toBe(1);
    expect(froms[1]).toBeGreaterThan(1);
  });

  it('gives the program input and arguments', async () => {
    const it = await open();
    await choose(it, 'Example', 'input');
    await it.page.getByLabel('Standard input').fill('Ann\nBen\n');
    await it.page.getByLabel('Arguments').fill('"Good night"');
    await runTo(it, 'completed');
    await expectText(it.output, 'Good night, Ann!\nGood night, Ben!');
  });

  it('talks to a program while it runs', async () => {
    const it = await open();
    await write(
      it,
      'import sys\nprint("name?", flush=True)\nfor line in sys.stdin: print("hi " + line)\n',
    );
    await it.page.getByRole('checkbox', { name: 'Interactive' }).check();
    await it.page.keyboard.press('Control+Enter');
    await expectText(it.output, 'name?');
    const line = it.page.getByLabel('Input for the program');
    await line.fill('ann');
    await line.press('Enter');
    await expectText(it.output, 'hi ann');
    await it.page.getByRole('button', { name: 'Ctrl+D' }).click();
    await expectText(it.status, 'completed');
  });

  it('runs several files, which are added, renamed and deleted', async () => {
    const it = await open();
    await write(it, 'import names\nprint(names.mine)\n');
    await it.page.getByRole('button', { name: 'Add a file' }).click();
    await it.page.getByLabel('File name').fill('names.py');
    await it.page.keyboard.press('Enter');
    await it.page.getByRole('tab', { name: 'names.py', selected: true }).waitFor();
    await write(it, 'mine = "from the other file"\n');
    await runTo(it, 'completed');
    await expectText(it.output, 'from the other file');
    await it.page.getByRole('button', { name: 'Delete names.py' }).click();
    await runTo(it, 'exit code 1');
    await expectText(it.output, 'ModuleNotFoundError');
  });

  it('shares by a link that a stranger opens', async () => {
    const it = await open();
    await write(it, 'print("shared ümlaut")\n');
    await it.page.getByRole('button', { name: 'Share' }).click();
    const field = it.page.getByLabel('Link', { exact: true });
    await field.waitFor();
    const shared = await field.inputValue();
    expect(new URL(shared).hash).toMatch(/^#code=1\./);
    const requests: string[] = [];
    const other = playgroundOn(await visit(address()));
    other.page.on('request', (request) => requests.push(request.url()));
    await other.page.goto(`${shared}&key=${under.platform.endpoints.apiKey}`);
    await expectText(other.page.locator('.cm-content'), 'shared ümlaut');
    await runTo(other, 'completed');
    await expectText(other.output, 'shared ümlaut');
    expect(requests.filter((url) => url.includes('code='))).toEqual([]);
  });

  it('remembers the last code', async () => {
    const it = await open();
    await write(it, 'print("remember me")\n');
    await it.page.reload();
    await expectText(it.page.locator('.cm-content'), 'remember me');
  });

  it('shows scripts in output, file names and errors as the text they are', async () => {
    const it = await open();
    const script =
      '<img src=x onerror="window.injected=1;alert(1)"><script>window.injected=1</script>';
    await write(it, `import sys\nprint('${script}')\nprint('${script}', file=sys.stderr)\n`);
    await runTo(it, 'completed');
    await expectText(it.output, script);
    expect(await it.output.locator('img, script').count()).toBe(0);
    await it.page.getByRole('button', { name: 'Rename main.py' }).click();
    await it.page.getByLabel('File name').fill('<img src=x onerror=alert(1)>.py');
    await it.page.keyboard.press('Enter');
    await it.page.getByRole('tab', { name: '<img src=x' }).waitFor();
    await it.page.route('**/api/v1/execute', (route) =>
      route.fulfill({ status: 400, json: { detail: script } }),
    );
    await it.page.getByRole('button', { name: 'Run', exact: true }).click();
    await expectText(it.page.getByRole('alert'), script);
    expect(await it.page.locator('img[src=x]').count()).toBe(0);
  });

  it('tells colours, stderr and binary apart', async () => {
    const it = await open();
    await write(
      it,
      'import sys\nprint("\\033[31mred\\033[0m")\nprint("bad", file=sys.stderr, flush=True)\nsys.stdout.flush()\nsys.stdout.buffer.write(bytes([255, 0]))\n',
    );
    await runTo(it, 'completed');
    await expectText(it.output.locator('.ansi-1'), 'red');
    await expectText(it.output.locator('.stderr'), 'bad');
    await expectText(it.output.locator('.binary'), 'ff 00');
  });

  it('stays usable under a flood of output, and keeps all of it for the download', async () => {
    const it = await open();
    await write(it, 'for n in range(50_000): print(f"line {n:06} " + "x" * 60)\n');
    await runTo(it, 'completed');
    await expectText(it.output, 'line 049999');
    const left =
      'const { scrollHeight, scrollTop, clientHeight } = document.querySelector(".output")';
    const isAtEnd = `(() => { ${left}; return scrollHeight - scrollTop - clientHeight < 40; })()`;
    await it.page.waitForFunction(isAtEnd);
    expect(await it.page.evaluate('document.querySelectorAll("*").length')).toBeLessThan(6_000);
    const [download] = await Promise.all([
      it.page.waitForEvent('download'),
      it.page.getByRole('button', { name: 'Download' }).click(),
    ]);
    const saved = await readFile(await download.path(), 'utf8');
    expect(saved.trimEnd().split('\n')).toHaveLength(50_000);
  });

  it('asks again for a key that is wrong', async () => {
    const page = await visit(`${address()}#key=csa_00000000000000000000000000000000`);
    await expectText(page.getByRole('alert'), 'not valid');
    await page.getByRole('textbox', { name: 'API key' }).fill(under.platform.endpoints.apiKey);
    await page.getByRole('button', { name: 'Use this key' }).click();
    await runTo(playgroundOn(page), 'completed');
  });

  it('is used by keyboard alone', async () => {
    const { page, output, status } = await open();
    await page.locator('.cm-content').waitFor();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the playground');
    await page.keyboard.press('Enter');
    const seen: string[] = [];
    for (let step = 0; step < 30 && seen.at(-1) !== 'Run'; step += 1) {
      await page.keyboard.press('Tab');
      seen.push(await focused(page));
    }
    expect(seen.at(-1)).toBe('Run');
    await page.keyboard.press('Enter');
    await expectText(status, 'completed');
    await expectText(output, hello);
    // Out of the editor, which takes Tab for itself.
    await page.locator('.cm-content').focus();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.closest(".cm-editor")')).toBeNull();
  });

  it('fits a phone, and is dark where the system is', async () => {
    const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
    const it = await open({ ...phone, colorScheme: 'dark' });
    await it.page.getByRole('button', { name: 'Run', exact: true }).tap();
    await expectText(it.status, 'completed');
    expect(await isTooWide(it.page)).toBe(false);
    await keepScreenshot(it.page, 'playground-phone');
    const desk = await open({ colorScheme: 'dark' });
    await runTo(desk, 'completed');
    expect(await desk.page.evaluate('getComputedStyle(document.body).colorScheme')).toBe('dark');
    await keepScreenshot(desk.page, 'playground-dark');
    await desk.page.getByRole('button', { name: 'Dark theme' }).click();
    expect(await desk.page.evaluate('getComputedStyle(document.body).colorScheme')).toBe('light');
    await desk.page.reload();
    expect(await desk.page.evaluate('getComputedStyle(document.body).colorScheme')).toBe('light');
  });

  it('sends pages that nothing else can run in', async () => {
    const answer = await fetch(address());
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(await answer.text()) ?? [];
    const asset = await fetch(address(script), { headers: { 'Accept-Encoding': 'br' } });
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect(asset.headers.get('content-encoding')).toBe('br');
    expect((await fetch(address('/assets/none.js'))).ok).toBe(false);
  });
});

/** Cuts the first WebSocket after so many frames. Answers where each connection began, as it comes. */
async function cutAfter(page: Page, frames: number): Promise<readonly number[]> {
  const froms: number[] = [];
  await page.routeWebSocket(/\/ws\/execution\//, (socket) => {
    const isFirst = froms.push(Number(new URL(socket.url()).searchParams.get('from'))) === 1;
    const server = socket.connectToServer();
    let left = isFirst ? frames : Number.POSITIVE_INFINITY;
    server.onMessage((message) => {
      if (left > 0) socket.send(message);
      left -= 1;
      if (left === 0) {
        void server.close();
        void socket.close({ code: 1012 });
      }
    });
  });
  return froms;
}

/** Name of what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate(
    '(document.activeElement.ariaLabel ?? document.activeElement.textContent).trim()',
  );
}
