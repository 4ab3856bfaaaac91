// One reported invocation, checked and bounded (seed 001, "Ingest Telemetry Data"). Written by hand and in
// one pass: a schema's check of a batch with all its modules costs more than everything else that is done
// with it.
import type { FieldError, Invocation } from '@pilotlight/contracts';
import { invocationRowId } from './invocation-id.ts';
import { isMembers, Problems, ReportedFields } from './reported-fields.ts';
import { detailsOf, timingsOf } from './reported-modules.ts';

/** Of the seed's columns. */
export const mostCharacters = {
  name: 255,
  runtimeVersion: 50,
  architecture: 20,
  region: 50,
} as const;
/** Rows are kept for no longer by default: what is older would be gone as it comes. */
export const oldestDays = 400;
/** A clock that is ahead by less is right enough. */
export const toleratedSkewMs = 5 * 60_000;
const dayMs = 86_400_000;
/** Of one invocation, that are told. */
const mostProblems = 20;

/** Where and when invocations were taken in. */
export interface Receipt {
  /** Slug. */
  readonly project: string;
  readonly receivedAt: Date;
  /** A random UUID, for an invocation that has no id of its own. */
  newId(): string;
}

/** What became of one invocation. `invocationId` is empty where there is none that can be told. */
export type Checked =
  | { readonly kind: 'taken'; readonly invocation: Invocation }
  | {
      readonly kind: 'refused';
      readonly invocationId: string;
      readonly problems: readonly FieldError[];
    };

/** `place` is where it stands in the request, such as `invocations[3]`; empty: it is the request. */
export function checkInvocation(given: unknown, place: string, receipt: Receipt): Checked {
  const problems = new Problems(mostProblems);
  if (!isMembers(given)) {
    problems.add(place, 'must be an object');
    return { kind: 'refused', invocationId: '', problems: problems.told() };
  }
  const prefix = place === '' ? '' : `${place}.`;
  const invocation = read(new ReportedFields(given, prefix, problems), receipt);
  if (problems.count === 0) return { kind: 'taken', invocation };
  const { invocationId } = invocation;
  return { kind: 'refused', invocationId, problems: problems.told() };
}

/** What cannot be read is as if it were missing; the problem is noted. */
function read(fields: ReportedFields, { project, receivedAt, newId }: Receipt): Invocation {
  for (const name of ['function_name', 'timestamp', 'cold_start', 'execution_duration_ms']) {
    fields.require(name);
  }
  const functionName = fields.text('function_name', mostCharacters.name);
  if (fields.value('function_name') === '') fields.refuse('function_name', 'must not be empty');
  const invocationId = fields.text('invocation_id', mostCharacters.name);
  const given = fields.time('timestamp') ?? receivedAt;
  const aheadMs = given.getTime() - receivedAt.getTime();
  if (aheadMs < -oldestDays * dayMs) {
    fields.refuse('timestamp', `must be of the last ${oldestDays} days`);
  }
  const isSkewed = aheadMs > toleratedSkewMs;
  const timings = timingsOf(fields);
  return {
    id:
      invocationId === ''
        ? newId()
        : invocationRowId({ project, functionName, invocationId, timestamp: given }),
    ...{ functionName, invocationId },
    requestId: fields.text('request_id', mostCharacters.name),
    runtimeVersion: fields.text('runtime_version', mostCharacters.runtimeVersion),
    timestamp: isSkewed ? receivedAt : given,
    coldStart: fields.boolean('cold_start') ?? false,
    initDurationMs: fields.wholeMilliseconds('init_duration_ms'),
    executionDurationMs: fields.wholeMilliseconds('execution_duration_ms') ?? 0,
    billedDurationMs: fields.wholeMilliseconds('billed_duration_ms'),
    memoryUsedMb: fields.wholeMegabytes('memory_used_mb'),
    memoryAllocatedMb: fields.wholeMegabytes('memory_allocated_mb'),
    moduleTimings: timings,
    moduleDetails: detailsOf(fields, timings),
    architecture: fields.text('architecture', mostCharacters.architecture),
    region: fields.text('region', mostCharacters.region),
    clockSkewMs: isSkewed ? aheadMs : undefined,
  };
}
