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
    expect(measurementsOf(event, 'python')).toHaveLength(7);
    expect(measurementsOf(event, 'python')).toContainEqual({
      kind: 'start_phase',
      template: 'python',
      phase: 'container_create',
      seconds: 0.01,
    });
    expect(measurementsOf({ ...event, type: 'paused' }, 'python')).toEqual([
      { kind: 'event', type: 'paused' },
    ]);
  });

  it.each([
    ['leased', { fromWarmPool: true, acquisitionMs: 2 }, { kind: 'acquisition', source: 'warm' }],
    ['leased', { acquisitionMs: 40 }, { kind: 'acquisition', source: 'cold', seconds: 0.04 }],
    ['leased', { acquisitionMs: -3 }, { kind: 'acquisition', seconds: 0 }],
    ['leased', { acquisitionMs: Number.NaN }, { kind: 'acquisition', seconds: 0 }],
    ['stopped', { stopReason: 'expired' }, { kind: 'stop', reason: 'expired' }],
    ['stopped', { stopReason: 'user-17 said so' }, { kind: 'stop', reason: 'unknown' }],
    ['failed', { readyAt: new Date(0) }, { kind: 'stop', reason: 'error' }],
  ])('makes of %s with %o one measurement', (type, fields, expected) => {
    const event = SandboxEvent.create({ type, template: 'sent by anybody', ...fields });
    expect(measurementsOf(event, 'python')).toEqual([
      { kind: 'event', type },
      expect.objectContaining({ template: 'python', ...expected }),
    ]);
  });

  it('tells a start that failed from a sandbox that failed later', () => {
    const failed = SandboxEvent.create({ type: 'failed' });
    const kinds = (event: SandboxEvent) => measurementsOf(event, 'python').map(({ kind }) => kind);
    expect(kinds(failed)).toEqual(['event', 'stop', 'failed_start']);
    expect(kinds({ ...failed, readyAt: new Date(0) })).toEqual(['event', 'stop']);
  });

  it('counts a type that it has not heard of as unknown', () => {
    const event = SandboxEvent.create({ type: 'teleported', template: 'python' });
    expect(measurementsOf(event, 'python')).toEqual([{ kind: 'event', type: 'unknown' }]);
  });
});

it('never makes a label of what a request merely claims', () => {
  const made = ExecutionResult.create({ language: 'x'.repeat(60), status: 'odd', sandboxId: '' });
  expect(executionMeasurement(made, languages)).toEqual({
    language: 'unknown',
    status: 'unknown',
    seconds: 0,
    compile: undefined,
    cpuMilliseconds: 0,
    wasCold: undefined,
  });
});

it('measures a compile stage apart from its program', () => {
  const compile = CompileResult.create({
    ...{ status: 'completed', executionTimeMs: 900, cpuTimeMs: 1_200.2 },
  });
  const made = ExecutionResult.create({
    ...{ status: 'timeout', executionTimeMs: 2_000, cpuTimeMs: 5, compile },
  });
  expect(executionMeasurement(made, languages)).toMatchObject({
    ...{ status: 'timeout', seconds: 2, compile: { status: 'completed', seconds: 0.9 } },
    cpuMilliseconds: 1_206,
  });
});
