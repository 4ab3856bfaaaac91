// Estimated waits against what came of them, with a real queue in front of real sandboxes.
import { describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';
import { inParallel } from './in-parallel.ts';
import { useResultLog } from './result-log.ts';
import { until } from './until.ts';

const far = 200;
const inTimeMs = 100_000;

interface Submitted {
  readonly id: string;
  readonly estimatedMs: number;
}

describe('the estimated wait', () => {
  const under = usePlatform({ templates: ['python'] });
  const results = useResultLog(under);

  async function submitted(userId: string, count: number): Promise<Submitted[]> {
    const answers: Submitted[] = [];
    await inParallel(Array(count).keys(), 8, async () => {
      const request = { language: 'python', code: 'print("hi")', userId };
      const { executionId, estimatedWaitMs } = await under.client.submit(request);
      answers.push({ id: executionId, estimatedMs: estimatedWaitMs });
    });
    return answers;
  }

  /** Median of estimate / wait. */
  async function medianRatio(all: readonly Submitted[]): Promise<number> {
    const ended = await results.all(
      all.map(({ id }) => id),
      inTimeMs,
    );
    const ratios = all.map(({ estimatedMs, id }) => {
      const { queuedAt, startedAt } = ended.get(id) ?? {};
      return estimatedMs / (Number(startedAt) - Number(queuedAt));
    });
    const sorted = ratios.toSorted((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? Number.NaN;
  }

  function expectClose(ratio: number): void {
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  }

  it('is within a factor of two, for who floods and for who comes beside the flood', async () => {
    // The pace is measured with slots full; before that it is a guess.
    await results.all(
      (await submitted('first', 40)).map(({ id }) => id),
      inTimeMs,
    );
    const flood = await submitted('flood', 260);
    expectClose(await medianRatio(flood.slice(far + 10)));

    // Users take turns: half of what goes before the second user's last is the first one's.
    const other = submitted('flood', 150);
    const beside = await submitted('beside', 130);
    expectClose(await medianRatio(beside.slice(far / 2)));
    await medianRatio(await other);
  }, 240_000);

  it('is told of what waits, and not of what runs or has ended', async () => {
    const [first] = await submitted('one', 1);
    await results.all([first?.id ?? '']);
    const execution = await until('the scheduler knows that it has ended', async () => {
      const known = await under.client.get(first?.id ?? '');
      return known.result !== undefined && known;
    });
    expect(execution).toMatchObject({ status: 'completed', estimatedWaitMs: 0, userId: 'one' });
    expect(execution.startedAt).toBeInstanceOf(Date);
  });
});
