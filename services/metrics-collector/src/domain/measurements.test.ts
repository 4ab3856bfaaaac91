import { CompileResult, ExecutionResult, SandboxEvent } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { executionMeasurement, measurementsOf } from './measurements.ts';

const languages = new Map([
  ['python', 'python'],
  ['py', 'python'],
]);

describe('measurementsOf', () => {
  it('measures each phase of a start once, on ready', () => {
    const phases = { schedulingMs: 1, containerCreateMs: 10, totalMs: 30 };
    const event = SandboxEvent.create({ type: 'ready', template: 'python', phases });
    expect(measurementsOf(event)).toHaveLength(6);
    expect(measurementsOf(event)).toContainEqual({
      kind: 'start_phase',
      template: 'python',
      phase: 'container_create',
      seconds: 0.01,
    });
    expect(measurementsOf({ ...event, type: 'paused' })).toEqual([]);
  });

  it.each([
    ['leased', { fromWarmPool: true, acquisitionMs: 2 }, { kind: 'acquisition', source: 'warm' }],
    ['leased', { acquisitionMs: 40 }, { kind: 'acquisition', source: 'cold', seconds: 0.04 }],
    ['stopped', { stopReason: 'expired' }, { kind: 'stop', reason: 'expired' }],
    ['failed', {}, { kind: 'stop', reason: 'error' }],
  ])('makes of %s with %o one measurement', (type, fields, expected) => {
    const event = SandboxEvent.create({ type, template: 'python', ...fields });
    expect(measurementsOf(event)).toEqual([expect.objectContaining(expected)]);
  });
});

it('never makes a label of what a request merely claims', () => {
  const made = ExecutionResult.create({ language: 'x'.repeat(60), status: 'odd', sandboxId: '' });
  expect(executionMeasurement(made, languages)).toEqual({
    language: 'unknown',
    status: 'unknown',
    seconds: 0,
    compile: undefined,
    wasCold: undefined,
  });
});

it('measures a compile stage apart from its program', () => {
  const compile = CompileResult.create({ status: 'completed', executionTimeMs: 900 });
  const made = ExecutionResult.create({ status: 'timeout', executionTimeMs: 2_000, compile });
  expect(executionMeasurement(made, languages)).toMatchObject({
    ...{ status: 'timeout', seconds: 2, compile: { status: 'completed', seconds: 0.9 } },
  });
});
