import { terminalStatuses } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { exitCodeOfRun } from './exit-codes.ts';

describe('exitCodeOfRun', () => {
  it.each([
    [{ status: 'completed', exitCode: 42, signal: '' }, 42],
    [{ status: 'failed', exitCode: -1, signal: 'SIGSEGV' }, 139],
    [{ status: 'timeout', exitCode: -1, signal: '' }, 124],
    [{ status: 'out_of_memory', exitCode: -1, signal: 'SIGKILL' }, 137],
    [{ status: 'compile_error', exitCode: -1, signal: '' }, 65],
    [{ status: 'a later one', exitCode: 0, signal: '' }, 70],
  ])('%j is %d', (run, code) => expect(exitCodeOfRun(run)).toBe(code));

  it('is never a success for what did not complete', () => {
    for (const status of terminalStatuses.filter((status) => status !== 'completed')) {
      expect(exitCodeOfRun({ status, exitCode: 0, signal: '' })).toBeGreaterThan(0);
    }
  });
});
