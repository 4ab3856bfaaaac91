// Puts what one ingest call brought on the bus. It is durable when this resolves.
import { hash } from 'node:crypto';
import {
  Invocation,
  InvocationReport,
  invalidFields,
  PlatformError,
  subject,
} from '@pilotlight/contracts';
import type { Bus } from '@pilotlight/messaging';

/** Of a message's headers: its id, and what the client adds. */
const headerBytes = 1_024;
const fullRetryMs = 10_000;

export interface Report {
  /** Slug. */
  readonly project: string;
  readonly receivedAt: Date;
  /** In one message, or in as few as the server takes. */
  readonly invocations: readonly Invocation[];
  /** What its caller wrote: the same again within minutes is not stored again. */
  readonly request: string;
}

/**
 * Rejects `unavailable` where the bus is away, does not answer or is full. Part of the report may be stored
 * then: the rows' keys make a second try harmless.
 */
export async function reportInvocations(
  bus: Pick<Bus, 'maxPayloadBytes' | 'publish'>,
  report: Report,
): Promise<void> {
  const { project, receivedAt, invocations, request } = report;
  const to = subject('invocationReport', { project });
  const fingerprint = fingerprintOf(invocations, request);
  for (const part of partsOf(project, receivedAt, invocations, bus.maxPayloadBytes - headerBytes)) {
    // Where the parts end is part of it: what was cut otherwise the last time is no repetition.
    const messageId = fingerprint && `${project}.${fingerprint}.${part.from}-${part.to}`;
    await stored(bus.publish(to, part.data, messageId === undefined ? {} : { messageId }));
  }
}

async function stored(publishing: Promise<unknown>): Promise<void> {
  try {
    await publishing;
  } catch (thrown) {
    const error = PlatformError.from(thrown);
    if (error.code === 'unavailable') throw error;
    if (error.code !== 'resource_exhausted') {
      throw new PlatformError('internal', 'A report could not be stored.', { cause: error });
    }
    throw new PlatformError('unavailable', 'No more is taken in for now: too much waits.', {
      retry: { kind: 'after', ms: fullRetryMs },
      cause: error,
    });
  }
}

/**
 * Undefined where an invocation has no id of its own: then the same words twice may be two invocations,
 * and both are stored.
 */
function fingerprintOf(invocations: readonly Invocation[], request: string): string | undefined {
  if (invocations.some(({ invocationId }) => invocationId === '')) return undefined;
  return hash('sha256', request, 'base64url');
}

interface Part {
  /** Indices of its first invocation and of the first after it. */
  readonly from: number;
  readonly to: number;
  readonly data: Uint8Array;
}

/** Throws `invalid_argument` for an invocation that no message can hold. */
function* partsOf(
  project: string,
  receivedAt: Date,
  invocations: readonly Invocation[],
  mostBytes: number,
): Generator<Part> {
  const texts = invocations.map((invocation) => JSON.stringify(invocationJson(invocation)));
  const frame = InvocationReport.toJSON({ project, receivedAt, invocations: [] }) as object;
  const head = `${JSON.stringify(frame).slice(0, -1)},"invocations":[`;
  const dataOf = (from: number, to: number) =>
    Buffer.from(`${head}${texts.slice(from, to).join(',')}]}`);
  const whole = dataOf(0, texts.length);
  if (whole.length <= mostBytes) {
    yield { from: 0, to: texts.length, data: whole };
    return;
  }
  const around = Buffer.byteLength(head) + 2;
  for (let from = 0, to = 0; from < texts.length; from = to) {
    for (let bytes = around; to < texts.length; to += 1) {
      bytes += Buffer.byteLength(texts[to] ?? '') + 1;
      if (bytes > mostBytes) break;
    }
    if (to === from) throw tooLarge(invocations[from]);
    yield { from, to, data: dataOf(from, to) };
  }
}

/** The generated `toJSON` assigns the members of maps, and so would lose a module named `__proto__`. */
function invocationJson(invocation: Invocation): object {
  const { moduleTimings } = invocation;
  const json = Invocation.toJSON({ ...invocation, moduleTimings: {} }) as Record<string, unknown>;
  json['module_timings'] = moduleTimings;
  return json;
}

function tooLarge(invocation: Invocation | undefined): PlatformError {
  const problem = `of ${invocation?.functionName} ${invocation?.invocationId} is larger than the message bus takes`;
  return invalidFields([{ field: 'module_details', problem }]);
}
