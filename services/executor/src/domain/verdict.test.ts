import { terminalStatuses } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Exit, judge, type KillCause, type Observation } from './verdict.ts';

const limits = {
  timeoutMs: 10_000,
  cpuTimeMs: 10_000,
  memoryBytes: 256 * 1024 * 1024,
  pids: 64,
  outputBytes: 4_194_304,
};
const exited = (code: number): Exit => ({ kind: 'exited', code });
const signalled = (signal: string): Exit => ({ kind: 'signalled', signal });
const calm: Observation = {
  exit: exited(0),
  killedFor: undefined,
  oomKills: 0,
  pidsLimitHits: 0,
  cpuTimeMs: 5,
};
const killed = (killedFor: KillCause): Partial<Observation> => ({
  exit: signalled('SIGKILL'),
  killedFor,
});

describe('judge', () => {
  it.each<[string, Partial<Observation>, string, number, string]>([
    ['ends well', {}, 'completed', 0, ''],
    ['ends with 137', { exit: exited(137) }, 'completed', 137, ''],
    ['dies of its own signal', { exit: signalled('SIGSEGV') }, 'failed', -1, 'SIGSEGV'],
    ['kills itself', { exit: signalled('SIGKILL') }, 'failed', -1, 'SIGKILL'],
    ['loses children to memory and exits 0', { oomKills: 1 }, 'out_of_memory', -1, ''],
    ['is killed for memory', killed('memory'), 'out_of_memory', -1, 'SIGKILL'],
    ['hits the pids limit and exits 0', { pidsLimitHits: 3 }, 'pids_limit', -1, ''],
    ['is killed for output', killed('output'), 'output_limit', -1, 'SIGKILL'],
    ['writes too much and exits first', { killedFor: 'output' }, 'output_limit', -1, ''],
    ['sleeps too long', killed('wall_time'), 'timeout', -1, 'SIGKILL'],
    ['computes too long', killed('cpu_time'), 'timeout', -1, 'SIGKILL'],
    ['is cancelled', killed('cancelled'), 'cancelled', -1, 'SIGKILL'],
    ['vanishes', { exit: undefined }, 'platform_error', -1, ''],
    [
      'is killed for time and vanishes',
      { ...killed('wall_time'), exit: undefined },
      'timeout',
      -1,
      '',
    ],
    [
      'is out of memory in time',
      { ...killed('wall_time'), oomKills: 1 },
      'out_of_memory',
      -1,
      'SIGKILL',
    ],
    [
      'is cancelled out of memory',
      { ...killed('cancelled'), oomKills: 1 },
      'cancelled',
      -1,
      'SIGKILL',
    ],
  ])('a program that %s', (_, seen, status, exitCode, signal) => {
    expect(judge({ ...calm, ...seen }, limits)).toMatchObject({ status, exitCode, signal });
  });

  it('says whether time was used or waited away', () => {
    const idle = judge({ ...calm, ...killed('wall_time'), cpuTimeMs: 10 }, limits);
    const busy = judge({ ...calm, ...killed('wall_time'), cpuTimeMs: 9_900 }, limits);
    expect(idle.message).toContain('wall time of 10 s');
    expect(busy.message).toContain('cpu time of 10 s');
  });

  it('always finds one status, and blames the platform only where nothing is known', () => {
    const causes = ['cancelled', 'memory', 'pids', 'output', 'wall_time', 'cpu_time'] as const;
    const observation = fc.record({
      exit: fc.option(
        fc.oneof(fc.nat(255).map(exited), fc.constantFrom('SIGSEGV', 'SIGKILL').map(signalled)),
        { nil: undefined },
      ),
      killedFor: fc.option(fc.constantFrom(...causes), { nil: undefined }),
      oomKills: fc.nat(3),
      pidsLimitHits: fc.nat(3),
      cpuTimeMs: fc.nat(20_000),
    });
    fc.assert(
      fc.property(observation, (seen) => {
        const verdict = judge(seen, limits);
        expect(terminalStatuses).toContain(verdict.status);
        expect(verdict.exitCode === -1 || verdict.status === 'completed').toBe(true);
        if (verdict.retryable)
          expect(seen).toMatchObject({ exit: undefined, killedFor: undefined });
      }),
    );
  });
});
