import { terminalStatuses } from '@pilotlight/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeCompile } from './compile-verdict.ts';
import { stopReasonOf } from './stop-reason.ts';
import type { Exit, KillCause, Observation } from './verdict.ts';

const limits = {
  timeoutMs: 20_000,
  cpuTimeMs: 20_000,
  memoryBytes: 512 * 1024 * 1024,
  pids: 64,
  outputBytes: 4_194_304,
};
type Seen = Observation & { readonly goesOn: boolean };
const exited = (code: number): Exit => ({ kind: 'exited', code });
const signalled = (signal: string): Exit => ({ kind: 'signalled', signal });
const marked = (code: number): Partial<Seen> => ({ exit: exited(code), goesOn: true });
const killed = (killedFor: KillCause): Partial<Seen> => ({ exit: signalled('SIGKILL'), killedFor });
const calm: Seen = {
  ...{ exit: exited(0), killedFor: undefined, oomKills: 0, pidsLimitHits: 0, cpuTimeMs: 5 },
  goesOn: false,
};

describe('judgeCompile', () => {
  it('lets the program run after a compiler that exited with 0, and only then', () => {
    const { stage, execution } = judgeCompile({ ...calm, ...marked(0) }, limits);
    expect(execution).toBeUndefined();
    expect(stage).toMatchObject({ status: 'completed', exitCode: 0 });
  });

  it.each<[string, Partial<Seen>, string, number, string, RegExp, string]>([
    ['finds errors', marked(1), 'completed', 1, 'compile_error', /exited with 1\./, 'completed'],
    ['crashes', marked(139), 'completed', 139, 'compile_error', /exited with 139\./, 'completed'],
    [
      'lost a process to memory, whatever it exits with',
      { ...marked(1), oomKills: 1 },
      'out_of_memory',
      -1,
      'compile_error',
      /compiled, it needed more than its 512 MB/,
      'resource_limit',
    ],
    [
      'lost a process to memory and exits with 0',
      { ...marked(0), oomKills: 1 },
      'out_of_memory',
      -1,
      'compile_error',
      /512 MB/,
      'resource_limit',
    ],
    [
      'was refused processes',
      { ...marked(1), pidsLimitHits: 2 },
      'pids_limit',
      -1,
      'compile_error',
      /compiled, it started more than its 64 processes/,
      'resource_limit',
    ],
    [
      'takes too long',
      killed('wall_time'),
      'timeout',
      -1,
      'compile_error',
      /compiled, it ran longer than its wall time of 20 s/,
      'resource_limit',
    ],
    [
      'computes too long',
      killed('cpu_time'),
      'timeout',
      -1,
      'compile_error',
      /compiled, it used up its cpu time of 20 s/,
      'resource_limit',
    ],
    [
      'writes too much and is through before it is killed',
      { ...marked(0), killedFor: 'output' },
      'output_limit',
      -1,
      'compile_error',
      /compiled, it wrote more than 4194304 bytes/,
      'resource_limit',
    ],
    [
      'runs out of memory in time',
      { ...killed('wall_time'), oomKills: 1 },
      'out_of_memory',
      -1,
      'compile_error',
      /512 MB/,
      'resource_limit',
    ],
    [
      'is cancelled',
      killed('cancelled'),
      'cancelled',
      -1,
      'cancelled',
      /cancelled while it was compiled/,
      'manual',
    ],
    [
      'kills the runner',
      { exit: signalled('SIGKILL') },
      'failed',
      -1,
      'compile_error',
      /died of SIGKILL/,
      'error',
    ],
    [
      'ends the runner well before it is through',
      { exit: exited(0) },
      'completed',
      0,
      'compile_error',
      /ended before the program could be started/,
      'completed',
    ],
    [
      'vanishes',
      { exit: undefined },
      'platform_error',
      -1,
      'platform_error',
      /sandbox went away while it was compiled/,
      'error',
    ],
  ])('a compiler that %s', (_, seen, status, exitCode, whole, message, stopReason) => {
    const { stage, execution } = judgeCompile({ ...calm, ...seen }, limits);
    expect(stage).toMatchObject({ status, exitCode });
    expect(execution).toMatchObject({ status: whole, exitCode: -1, signal: '' });
    expect(execution?.message).toMatch(message);
    expect(execution && stopReasonOf(execution.status, stage.status)).toBe(stopReason);
  });

  it('never lets a program run that was killed, or whose limits were broken', () => {
    const causes = ['cancelled', 'memory', 'pids', 'output', 'wall_time', 'cpu_time'] as const;
    const observation = fc.record<Seen>({
      exit: fc.option(fc.nat(255).map(exited), { nil: undefined }),
      killedFor: fc.option(fc.constantFrom(...causes), { nil: undefined }),
      oomKills: fc.nat(2),
      pidsLimitHits: fc.nat(2),
      cpuTimeMs: fc.nat(30_000),
      goesOn: fc.boolean(),
    });
    fc.assert(
      fc.property(observation, (seen) => {
        const { stage, execution } = judgeCompile(seen, limits);
        expect(terminalStatuses).toContain(stage.status);
        if (execution === undefined) {
          expect(seen).toMatchObject({ killedFor: undefined, oomKills: 0, pidsLimitHits: 0 });
          expect(seen).toMatchObject({ goesOn: true, exit: exited(0) });
        } else expect(['compile_error', 'cancelled', 'platform_error']).toContain(execution.status);
        expect(execution?.retryable ?? false).toBe(stage.retryable);
      }),
    );
  });
});
