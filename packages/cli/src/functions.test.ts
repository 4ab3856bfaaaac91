// `functions` as a process, against a platform in memory.
import { type InMemoryPlatform, startInMemoryPlatform } from '@pilotlight/client/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeEndpoints } from './platform/endpoints.ts';
import { endpointsAt } from './testing/endpoints-in-memory.ts';
import { runCommand } from './testing/run-command.ts';
import { type TemporaryFolder, temporaryFolder } from './testing/temporary-folder.ts';

let folder: TemporaryFolder;
let platform: InMemoryPlatform;

beforeAll(async () => {
  folder = temporaryFolder();
  platform = await startInMemoryPlatform();
  writeEndpoints(folder.path, endpointsAt(platform.address));
});
afterAll(async () => {
  await platform.close();
  folder[Symbol.dispose]();
});

const here = (...args: string[]) => runCommand(['--data-dir', folder.path, 'functions', ...args]);

describe('functions', () => {
  it('lists them, and nothing of a name reaches the terminal', async () => {
    const { stdout } = await here();
    expect(stdout).toMatch(
      /^FUNCTION .*\npayment-service +blue +nodejs22\.x +us-east-1 +512 MB +12 % +2\.9 s +3\.1 s +15000 +\d+ d\n/,
    );
    expect(stdout).toContain(String.raw`totals\x1b[2J`);
    expect(JSON.parse((await here('--json')).stdout)).toMatchObject([
      { function_name: 'payment-service', cold_start_stats: { cold_start_rate: 0.12 } },
      { function_name: 'totals\u001b[2J' },
    ]);
  });

  it('says how to add the SDK where there are none', async () => {
    const { code, stdout } = await here('--project', 'red');
    expect(code).toBe(0);
    expect(stdout).toContain("require('@pilotlight/analyzer').analyze(handler)");
    expect(stdout).toContain(
      'COLDSTART_ENDPOINT=http://127.0.0.1:1 COLDSTART_API_KEY=$(pilotlight keys create --project red)',
    );
    expect(JSON.parse((await here('-p', 'red', '--json')).stdout)).toEqual([]);
  });
});

describe('functions NAME', () => {
  it('shows the tree of one, plain where there is no terminal, and what to do', async () => {
    const { stdout } = await here('payment-service');
    expect(stdout).toMatch(/^init .* 2\.9 s +2\.0 s +69 %$/m);
    expect(stdout).toMatch(/aws-sdk .* 850 ms +700 ms +25 % +unused\n.* xml2js .* 150 ms +150 ms/);
    expect(stdout).toMatch(/\n1\. aws-sdk\n.*\n.*@aws-sdk.*\n +Saves 750 ms/);
    expect(stdout).not.toContain('\u001b');
  });

  it('finds one by its id, and shows totals alone as a list', async () => {
    const { stdout } = await here('f-2', '--all');
    expect(stdout).toMatch(/^totals\\x1b\[2J$/m);
    expect(stdout).toContain('The reports tell totals alone');
  });

  it('looks as far back as it is told to, and prints an object', async () => {
    const { range, modules } = JSON.parse((await here('f-1', '--since', '2h', '--json')).stdout);
    expect(Math.abs(Date.now() - 7_200_000 - Date.parse(range.start))).toBeLessThan(60_000);
    expect(modules).toHaveLength(4);
  });

  it.each([
    ['paymnt-service', 'Do you mean payment-service?'],
    ['zzz', 'All there are: pilotlight functions'],
  ])('says what to do where there is no %s', async (name, advice) => {
    expect(await here(name)).toEqual({
      ...{ code: 66, stdout: '' },
      stderr: `There is no function "${name}".\n${advice}\n`,
    });
  });

  it('says how to add the SDK where the project has none', async () => {
    const ran = await here('payment-service', '-p', 'red');
    expect(ran).toMatchObject({ code: 66, stderr: expect.stringContaining('COLDSTART_ENDPOINT=') });
  });
});
