// What happens when a client takes a warm sandbox, then a cold one, and runs a program, as messages.
import {
  CapturedOutput,
  CompileResult,
  ExecutionResult,
  SandboxEvent,
  StartPhases,
} from '@pilotlight/contracts';

export const clientTrace = '0af7651916cd43dd8448eb211c80319c';
export const clientSpan = 'b7ad6b7169203331';
export const traceparent = `00-${clientTrace}-${clientSpan}-01`;

/** Milliseconds after the beginning of the history. */
export const at = (ms: number) => new Date(Date.UTC(2026, 0, 2, 3, 4, 5) + ms);

const phases = StartPhases.create({
  ...{ schedulingMs: 1.5, containerCreateMs: 10.25, processStartMs: 3.125 },
  ...{ appInitMs: 20.0625, totalMs: 34.9375 },
});

/** A start that was ordered at `orderedMs`. */
function started(sandboxId: string, orderedMs: number): Partial<SandboxEvent> {
  return {
    ...{ sandboxId, node: 'n1', incarnation: 'i1', template: 'python', language: 'python' },
    ...{ templateRevision: '0123456789ab', platformVersion: '0.1.0', phases },
    orderedAt: at(orderedMs),
    sandboxCreatedAt: at(orderedMs + 1),
    imageReadyAt: at(orderedMs + 1),
    containerCreatedAt: at(orderedMs + 11),
    processStartedAt: at(orderedMs + 14),
    readyAt: at(orderedMs + 34),
  };
}

function event(type: string, fields: Partial<SandboxEvent>, ms: number): SandboxEvent {
  const eventId = `${fields.sandboxId}-${type}`;
  return SandboxEvent.create({ ...fields, type, eventId, at: at(ms) });
}

const asked = { userId: 'ada', traceparent, s3Bucket: 'secret-bucket' };

const warmStart = started('sb_n1_i1_1', 0);
const warmLease = {
  ...{ ...warmStart, ...asked, requestId: 'warm-request', fromWarmPool: true },
  ...{ acquisitionMs: 2.4, requestReceivedAt: at(5_000), availableAt: at(5_002) },
};
const warmEnd = { ...warmLease, stoppedAt: at(9_000), stopReason: 'manual' };

const coldStart = started('sb_n1_i1_2', 6_001);
const coldLease = {
  ...{ ...coldStart, ...asked, requestId: 'cold-request', fromWarmPool: false },
  ...{ acquisitionMs: 36.2, requestReceivedAt: at(6_000), availableAt: at(6_036) },
};
const coldEnd = {
  ...{ ...coldLease, stoppedAt: at(8_000), stopReason: 'resource_limit' },
  detail: 'It needed more than its 64 MB of memory.\nprinted by the program',
};

const runStart = started('sb_n1_i1_3', 100);
const runLease = {
  ...{ ...runStart, ...asked, requestId: 'run-1', executionId: 'run-1', fromWarmPool: true },
  ...{ acquisitionMs: 1.1, requestReceivedAt: at(7_000), availableAt: at(7_001) },
};

const failedStart = {
  ...{ sandboxId: 'sb_n1_i1_4', node: 'n1', template: 'flask', ...asked },
  ...{ requestId: 'failed-request', requestReceivedAt: at(7_500), orderedAt: at(7_501) },
  ...{ sandboxCreatedAt: at(7_502), stoppedAt: at(7_900), stopReason: 'error' },
  detail: 'The probe never answered.\nImportError: no module named flask',
};

export const events: readonly SandboxEvent[] = [
  event('requested', warmStart, 0),
  event('ready', warmStart, 34),
  event('ready', runStart, 134),
  event('leased', warmLease, 5_002),
  event('ready', coldStart, 6_035),
  event('leased', coldLease, 6_036),
  event('leased', runLease, 7_001),
  event('failed', failedStart, 7_900),
  event('stopped', coldEnd, 8_000),
  event('stopped', { ...runLease, stoppedAt: at(8_100), stopReason: 'completed' }, 8_100),
  event('stopped', warmEnd, 9_000),
];

const output = (text: string) =>
  CapturedOutput.create({ data: Buffer.from(text), totalBytes: text.length });

/** A program that was compiled, and ran out of memory. */
export const result = ExecutionResult.create({
  ...{ executionId: 'run-1', status: 'out_of_memory', exitCode: -1, signal: 'SIGKILL' },
  message: 'It needed more than its 64 MB of memory.',
  ...{ language: 'java', userId: 'ada', correlationId: 'c-1', traceparent, attempt: 1 },
  ...{ sandboxId: 'sb_n1_i1_3', node: 'n1', fromWarmPool: true, phases },
  ...{ queuedAt: at(7_000), startedAt: at(7_002), finishedAt: at(8_050) },
  ...{ executionTimeMs: 543.75, cpuTimeMs: 500.5, memoryUsedBytes: 67_108_864 },
  ...{ stdout: output('secret output'), stderr: output('') },
  compile: CompileResult.create({
    ...{ status: 'completed', executionTimeMs: 500.125, cpuTimeMs: 480, memoryUsedBytes: 1_000 },
    ...{ stdout: output(''), stderr: output('secret warning') },
  }),
});
