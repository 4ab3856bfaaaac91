import { ExecutionResult } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { resultJson } from './result-json.ts';

const captured = (bytes: Uint8Array, truncated = false) => ({
  ...{ data: bytes, totalBytes: bytes.length, truncated },
});

describe('the result of an execution as JSON', () => {
  it('has null where there is nothing to say', () => {
    const json = resultJson(ExecutionResult.create({ executionId: 'e', status: 'rejected' }));
    expect(json).toMatchObject({
      ...{ signal: null, phases: null, compile: null, started_at: null },
      ...{ stdout: '', stderr: '', stdout_truncated: false },
    });
  });

  it('keeps text text where the cut goes through a character, and marks bytes as base64', () => {
    const euro = Buffer.from('1€');
    const cut = captured(euro.subarray(0, 3), true);
    const result = ExecutionResult.fromPartial({ stdout: cut, stderr: captured(cut.data) });
    const json = resultJson(result);
    expect(json).toMatchObject({ stdout: '1', stdout_truncated: true });
    expect(json).not.toHaveProperty('stdout_encoding');
    expect(json).toMatchObject({
      stderr: Buffer.from(cut.data).toString('base64'),
      stderr_encoding: 'base64',
    });
  });

  it('takes the complete output in place of its own', () => {
    const cut = ExecutionResult.fromPartial({ stdout: captured(Buffer.from('a'), true) });
    const all = { stdout: captured(Buffer.from('ab')), stderr: captured(Buffer.from('')) };
    expect(resultJson(cut, all)).toMatchObject({ stdout: 'ab', stdout_truncated: false });
  });

  it('tells a status that it does not know as a fault', () => {
    expect(resultJson(ExecutionResult.create({ status: 'new' })).status).toBe('platform_error');
  });
});
