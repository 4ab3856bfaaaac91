// `stats` and `analyze` as processes, against a platform in memory.
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

const here = (...args: string[]) => runCommand(['--data-dir', folder.path, ...args]);

describe('stats', () => {
  it('shows sums for people, and all of them as JSON', async () => {
    expect((await here('stats', '--since', '7d')).stdout).toMatch(/\npython +4 +1 +0 % +40 ms/);
    const { stdout } = await here('stats', '--template', 'go', '--since', '2h', '--json');
    const { range, total } = JSON.parse(stdout);
    expect(total.requests).toBe(0);
    expect(Math.abs(Date.now() - 7_200_000 - Date.parse(range.start))).toBeLessThan(60_000);
  });

  it('lists requests, or those that failed', async () => {
    expect((await here('stats', '--recent')).stdout.trimEnd().split('\n')).toHaveLength(3);
    const failed = JSON.parse((await here('stats', '--failed', '--json')).stdout);
    expect(failed).toMatchObject([{ sandbox_id: 's1', detail: 'no image' }]);
  });

  it('says what is wrong with a time', async () => {
    const ran = await here('stats', '--since', 'yesterday');
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/such as 24h/);
  });
});

describe('analyze', () => {
  it('asks nobody where there is no terminal, and changes nothing', async () => {
    const ran = await here('analyze', '--apply');
    expect(ran).toMatchObject({ code: 69, stderr: expect.stringContaining('Say --yes') });
    const analysis = JSON.parse((await here('analyze', '--json')).stdout);
    const policy = { field: 'min_size', from: 1, to: 3 };
    expect(analysis.templates).toMatchObject([{ suggestions: [{ policy }] }]);
    expect(analysis.changes).toBeUndefined();
  });

  it('carries out what it suggests, and tells of it afterwards', async () => {
    const ran = await here('analyze', 'python', '--apply', '--yes');
    expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('is 3 now') });
    expect(ran.stdout).toContain('larger_minimum: Keep at least 3.');
    expect((await here('analyze')).stdout).toMatch(/Carried out:\n.*\n.* Keep at least 3\. /);
    const again = JSON.parse((await here('analyze', '--apply', '--yes', '--json')).stdout);
    expect(again).toMatchObject({ applied: [], changes: [{ suggestion: { template: 'python' } }] });
  });
});
