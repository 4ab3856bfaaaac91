// Messages as the platform sends them, with only what a test cares about spelled out.
import {
  ExecutionResult,
  SandboxEvent,
  type SandboxEventType,
  subject,
  toJsonBytes,
} from '@pilotlight/contracts';
import type { SourceMessage } from '../domain/records.ts';

export const requestId = '5f0c2b1e-8f6a-4a9e-9c55-0d4f6a7b8c9d';
export const received = new Date('2026-01-01T12:00:00.000Z');
const at = (ms: number) => new Date(received.getTime() + ms);

type EventChanges = Parameters<typeof SandboxEvent.create>[0];
type ResultChanges = Parameters<typeof ExecutionResult.create>[0];

export function leased(changes: EventChanges = {}): SandboxEvent {
  return SandboxEvent.create({
    eventId: 'e1',
    type: 'leased',
    at: at(2),
    sandboxId: 'sb_n1_i1_1',
    template: 'python',
    node: 'n1',
    incarnation: 'i1',
    requestId,
    userId: 'ada',
    s3Bucket: 'books',
    requestReceivedAt: received,
    sandboxCreatedAt: at(-5_000),
    readyAt: at(-4_970),
    availableAt: at(2),
    fromWarmPool: true,
    acquisitionMs: 2.4,
    phases: {
      schedulingMs: 1,
      imagePullMs: 0,
      containerCreateMs: 10,
      processStartMs: 4,
      appInitMs: 15,
      totalMs: 30,
    },
    ...changes,
  });
}

export function stopped(changes: EventChanges = {}): SandboxEvent {
  return leased({
    eventId: 'e2',
    type: 'stopped',
    at: at(10_002),
    stoppedAt: at(10_002),
    stopReason: 'manual',
    ...changes,
  });
}

/** A cold start for a request, which came to nothing. */
export function failed(changes: EventChanges = {}): SandboxEvent {
  return leased({
    eventId: 'e3',
    type: 'failed',
    sandboxId: 'sb_n1_i1_2',
    availableAt: undefined,
    readyAt: undefined,
    fromWarmPool: false,
    acquisitionMs: 0,
    detail: 'no image',
    ...changes,
  });
}

export function result(changes: ResultChanges = {}): ExecutionResult {
  return ExecutionResult.create({
    executionId: 'x1',
    status: 'completed',
    executionTimeMs: 12.5,
    cpuTimeMs: 9,
    memoryUsedBytes: 8_000_000,
    attempt: 1,
    sandboxId: 'sb_n1_i1_1',
    node: 'n1',
    fromWarmPool: true,
    language: 'python',
    userId: 'ada',
    priority: 'normal',
    finishedAt: at(20),
    stdout: { data: Buffer.from('hello\0\n'), totalBytes: 7, truncated: false },
    ...changes,
  });
}

let sequence = 0;

export function eventMessage(event: SandboxEvent): SourceMessage {
  sequence += 1;
  const { template } = event;
  return {
    stream: 'SANDBOX_EVENTS',
    sequence,
    subject: subject('sandboxEvent', { type: event.type as SandboxEventType, template }),
    data: toJsonBytes(SandboxEvent, event),
  };
}

export function resultMessage(of: ExecutionResult): SourceMessage {
  sequence += 1;
  return {
    stream: 'EXEC_RESULTS',
    sequence,
    subject: subject('executionResult', { id: of.executionId }),
    data: toJsonBytes(ExecutionResult, of),
  };
}

/** Something on an event's subject that is no event. */
export function poison(text: string): SourceMessage {
  return { ...eventMessage(leased()), data: Buffer.from(text) };
}
