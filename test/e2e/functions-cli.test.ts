// `pilotlight functions` on the whole platform: what functions report comes out as a tree with advice.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';
import { projectWithKey, reportStarts } from './function-reports.ts';
import { until } from './until.ts';

const command = join(import.meta.dirname, '../../packages/cli/bin/pilotlight.mjs');

describe('pilotlight functions', () => {
  const under = usePlatform({ templates: ['shell'] });

  async function functions(...args: string[]) {
    const all = [command, '--data-dir', under.dataDir, 'functions', ...args];
    const env = { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TERM: 'xterm' };
    const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'], env });
    const ended = once(child, 'exit');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = await ended;
    return { code, stdout, stderr };
  }

  /** Asks the recorder until so many of its cold starts are there. */
  const recorded = (name: string, coldStarts: number, project: string) =>
    until(`${name} is recorded`, async () => {
      const known = await under.client.getFunction(name, { project }).catch(() => undefined);
      return known?.coldStarts === coldStarts;
    });

  it('says how to add the SDK while there are none', async () => {
    await projectWithKey(under.client, 'empty');
    const { code, stdout } = await functions('--project', 'empty');
    expect(code).toBe(0);
    expect(stdout).toContain(`COLDSTART_ENDPOINT=${under.platform.endpoints.http} `);
    expect(stdout).toContain('keys create --project empty');
    const unknown = await functions('payment-service', '-p', 'empty');
    expect(unknown).toMatchObject({ code: 66, stdout: '' });
    expect(unknown.stderr).toContain('COLDSTART_ENDPOINT=');
  });

  it('shows what a function loads, who loaded it, and what to do', async () => {
    const key = await projectWithKey(under.client, 'shop');
    const { http } = under.platform.endpoints;
    const reported = { functionName: 'payment-service', coldStarts: 12 };
    expect(await reportStarts(http, key, reported)).toMatchObject({ processed: 12, failed: 0 });
    await recorded('payment-service', 12, 'shop');

    const { stdout: table } = await functions('-p', 'shop');
    expect(table).toMatch(
      /\npayment-service +shop +nodejs22\.x +us-east-1 +512 MB +100 % +2\.0 s +2\.0 s +12 +\d+ s/,
    );
    const { stdout } = await functions('payment-service');
    expect(stdout).toMatch(/^12 cold starts from \S+ to \S+$/m);
    const tree = stdout.split('\n').filter((line) => /[├└]/.test(line));
    expect(tree).toEqual([
      expect.stringMatching(/^└ \.\/src\/payment +█+.? +1\.5 s +40 ms +2 %$/),
      expect.stringMatching(/^ {2}├ aws-sdk +█+.? +1\.2 s +1\.0 s +50 % +unused$/),
      expect.stringMatching(/^ {2}│ └ xml2js +█+.? +200 ms +200 ms +10 % +unused$/),
      expect.stringMatching(/^ {2}└ moment +█+.? +300 ms +300 ms +15 %$/),
    ]);
    expect(stdout).toMatch(/\nRecommendations\n1\. aws-sdk\n(.+\n)+ +Saves .* from 12/);
  });

  it('prints the same for programs', async () => {
    const list = JSON.parse((await functions('--project', 'shop', '--json')).stdout);
    expect(list).toMatchObject([{ function_name: 'payment-service', project: 'shop' }]);
    const one = JSON.parse((await functions(list[0].id, '--since', '1h', '--json')).stdout);
    expect(one).toMatchObject({ cold_starts: 12, init: { samples: 12 } });
    expect(one.modules.map(({ module }: { module: string }) => module).toSorted()).toEqual([
      './src/payment',
      'aws-sdk',
      'moment',
      'xml2js',
    ]);
    expect(one.recommendations[0]).toMatchObject({ module: 'aws-sdk', samples: 12 });
  });

  it('says which names are near, and which projects have the same', async () => {
    const { http } = under.platform.endpoints;
    const near = await functions('paymnt-service');
    expect(near).toMatchObject({ code: 66, stdout: '' });
    expect(near.stderr).toContain('Do you mean payment-service?');

    const key = await projectWithKey(under.client, 'market');
    await reportStarts(http, key, { functionName: 'payment-service', coldStarts: 1 });
    await recorded('payment-service', 1, 'market');
    const several = await functions('payment-service');
    expect(several).toMatchObject({ code: 69, stdout: '' });
    expect(several.stderr).toMatch(/--project.*(shop.*market|market.*shop)/);
    expect((await functions('payment-service', '-p', 'market')).stdout).toContain('1 cold start ');
  });

  it('lets no name move the cursor', async () => {
    const key = await projectWithKey(under.client, 'hostile');
    const { http } = under.platform.endpoints;
    const moduleTimings = { 'red\u001b[31m\u202e': 90, ['__proto__']: 80 };
    const functionName = 'clear\u001b[2J \u202etxt';
    await reportStarts(http, key, { functionName, coldStarts: 1, moduleTimings });
    await recorded(functionName, 1, 'hostile');
    for (const args of [['-p', 'hostile'], [functionName]]) {
      const { code, stdout } = await functions(...args);
      expect(code).toBe(0);
      expect(stdout).toContain(String.raw`clear\x1b[2J \u202etxt`);
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
    }
  });
});
