// What the platform remembers of requests, and what it makes of that: `pilotlight stats` and `analyze`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PlatformError } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

const command = join(import.meta.dirname, '../../packages/cli/bin/pilotlight.mjs');

describe('the recorded history', () => {
  const under = usePlatform({ driver: 'oci' });

  async function pilotlight(...args: string[]) {
    const all = [command, '--data-dir', under.dataDir, ...args];
    const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'exit');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = await ended;
    return { code, stdout, stderr };
  }

  const poolOf = async (template: string) =>
    (await under.client.pools()).find((pool) => pool.template === template);
  const minSizeOf = async (template: string) => (await poolOf(template))?.policy?.minSize;

  /** Undefined while the database is being made, which the platform does not wait for. */
  const statsOf = (template = '') =>
    under.client.stats({ template }).catch((error: unknown) => {
      if (PlatformError.from(error).code !== 'unavailable') throw error;
      return undefined;
    });

  it('has each run and each lease, with whose it was and how it ended', async () => {
    const { client } = under;
    await client.run({ id: 'recorded', language: 'python', code: 'print(1)', userId: 'ada' });
    const sandbox = await client.acquire({ template: 'shell', userId: 'bob', s3Bucket: 'books' });
    await sandbox.release();
    const stats = await until('both have ended', async () => {
      const all = await statsOf();
      return all?.total?.shutdownReasons['manual'] === 2 && all;
    });
    expect(stats.total).toMatchObject({ requests: 2, served: 2, failedStarts: 0, clockSkewed: 0 });
    expect(stats.total?.startup?.samples).toBe(2);
    expect(stats.byTemplate.map(({ template }) => template)).toEqual(['python', 'shell']);
    expect(stats.byUser.map(({ userId }) => userId)).toEqual(['ada', 'bob']);

    expect((await pilotlight('stats')).stdout).toMatch(/\nshell +1 +0 +\d+ %/);
    const ofBob = JSON.parse((await pilotlight('stats', '-u', 'bob', '--recent', '--json')).stdout);
    expect(ofBob).toMatchObject([
      {
        ...{ sandbox_id: sandbox.id, template: 'shell', s3_bucket: 'books', node: under.node },
        ...{ shutdown_reason: 'manual', from_warm_pool: sandbox.lease.fromWarmPool },
        phases: { total_ms: expect.any(Number) },
      },
    ]);
    const recent = await pilotlight('stats', '--template', 'python', '--recent');
    expect(recent.stdout).toMatch(/ python +ada +sb_[\w-]+ .* manual \(completed\)\n$/);
    expect(await pilotlight('stats', '--failed')).toMatchObject({ stdout: 'No requests.\n' });
  });

  it('leads to a larger minimum, which is applied, noted and kept', async () => {
    const { client } = under;
    const template = 'javascript';
    await client.setPolicy(template, { minSize: 0, maxSize: 0 });
    await until('the pool is empty', async () => {
      const pool = await poolOf(template);
      return pool !== undefined && pool.available + pool.creating === 0;
    });
    for (let n = 0; n < 12; n += 1) {
      const sandbox = await client.acquire({ template, userId: 'ann' });
      expect(sandbox.lease.fromWarmPool).toBe(false);
      await sandbox.release();
    }
    await client.setPolicy(template, { maxSize: 12 });
    await until('all are recorded', async () => {
      return (await statsOf(template))?.total?.shutdownReasons['manual'] === 12;
    });

    const refused = await pilotlight('analyze', template, '--apply');
    expect(refused).toMatchObject({ code: 69, stderr: expect.stringContaining('--yes') });
    expect(await minSizeOf(template)).toBe(0);

    const applied = await pilotlight('analyze', template, '--apply', '--yes', '--json');
    const { templates, applied: changes } = JSON.parse(applied.stdout);
    expect(templates).toMatchObject([{ template, inconclusive: false, warm_hit_rate: 0 }]);
    const [suggestion] = templates[0].suggestions;
    expect(suggestion).toMatchObject({
      ...{ suggestion_id: 'javascript.larger_minimum.1', remedy: 'larger_minimum' },
      policy: { field: 'min_size', from: 0 },
    });
    expect(suggestion.expected_saving_ms).toBeGreaterThan(1);
    expect(changes).toMatchObject([{ suggestion: { suggestion_id: suggestion.suggestion_id } }]);
    const { to } = suggestion.policy;
    expect(to).toBeGreaterThan(0);
    expect(await minSizeOf(template)).toBe(to);

    const later = await client.analyze({ template });
    expect(later.changes).toMatchObject([
      { suggestion: { policy: { to } }, realisedSavingMs: undefined },
    ]);
    expect(later.templates[0]?.suggestions.map(({ remedy }) => remedy)).not.toContain(
      'larger_minimum',
    );
    expect((await pilotlight('analyze')).stdout).toMatch(/Carried out:\n.*\n.* too early\n$/);

    await under.platform.restart('pool-manager');
    const kept = await until('the pool-manager leads again', () =>
      minSizeOf(template).catch(() => undefined),
    );
    expect(kept).toBe(to);
  });
});
