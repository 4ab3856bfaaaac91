// What functions report, with only what a test cares about spelled out.
import { randomUUID } from 'node:crypto';
import { InvocationReport, subject, toJsonBytes } from '@pilotlight/contracts';
import type { SourceMessage } from '../domain/records.ts';

export const reportedAt = new Date('2026-01-02T10:30:00.000Z');

type Changes = NonNullable<
  NonNullable<Parameters<typeof InvocationReport.create>[0]>['invocations']
>;
type InvocationChanges = Changes[number];

/** The specification's example. */
export function coldStart(changes: InvocationChanges = {}): InvocationChanges {
  return {
    ...{ id: randomUUID(), functionName: 'payment-service', invocationId: 'abc-123-def' },
    ...{ requestId: 'req-456', timestamp: reportedAt, coldStart: true },
    ...{ initDurationMs: 2_850, executionDurationMs: 145, billedDurationMs: 3_000 },
    ...{ memoryUsedMb: 180, memoryAllocatedMb: 512 },
    moduleTimings: {
      ...{ 'aws-sdk': 850, '@prisma/client': 680, moment: 340, lodash: 180, axios: 95 },
      './src/handlers/payment': 45,
    },
    ...{ runtimeVersion: 'nodejs18.x', architecture: 'x86_64' },
    ...changes,
  };
}

export function warm(changes: InvocationChanges = {}): InvocationChanges {
  return coldStart({
    ...{ coldStart: false, initDurationMs: undefined, moduleTimings: {}, executionDurationMs: 20 },
    ...changes,
  });
}

let sequence = 0;

export function reportMessage(
  invocations: Changes,
  { project = 'local', receivedAt = reportedAt } = {},
): SourceMessage {
  sequence += 1;
  const report = InvocationReport.create({ project, receivedAt, invocations });
  return {
    ...{ stream: 'TELEMETRY', sequence, subject: subject('invocationReport', { project }) },
    data: toJsonBytes(InvocationReport, report),
  };
}
