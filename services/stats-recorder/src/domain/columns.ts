// From the values of messages to the values of columns: what is unset becomes null, and what no
// database would take is told before it is asked.
import { createHash } from 'node:crypto';
import { type FieldError, invalidFields, type StartPhases } from '@pilotlight/contracts';

/** Columns of the phases of a start, in every table that has them; null where not measured. */
export interface PhaseColumns {
  readonly scheduling_ms: number | null;
  readonly image_pull_ms: number | null;
  readonly container_create_ms: number | null;
  readonly process_start_ms: number | null;
  readonly app_init_ms: number | null;
  readonly total_ms: number | null;
}

export function phaseColumns(phases: StartPhases | undefined): PhaseColumns {
  return {
    scheduling_ms: durationColumn(phases?.schedulingMs),
    image_pull_ms: durationColumn(phases?.imagePullMs),
    container_create_ms: durationColumn(phases?.containerCreateMs),
    process_start_ms: durationColumn(phases?.processStartMs),
    app_init_ms: durationColumn(phases?.appInitMs),
    total_ms: durationColumn(phases?.totalMs),
  };
}

/** Milliseconds with their fractions, never negative; null where not measured. */
export function durationColumn(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.max(0, ms);
}

/** Null for the empty text, which means "unset" in messages. */
export function textColumn(text: string): string | null {
  return text === '' ? null : text;
}

export function timeColumn(at: Date | undefined): string | null {
  return at === undefined ? null : at.toISOString();
}

/** Milliseconds between two moments, whole and never negative; null unless both are known. */
export function elapsedColumn(from: Date | undefined, to: Date | undefined): number | null {
  if (from === undefined || to === undefined) return null;
  return integerColumn(to.getTime() - from.getTime());
}

const largestInteger = 2_147_483_647;

/** Fits an INTEGER column: 24 days of milliseconds; longer is shown as that. */
export function integerColumn(value: number): number {
  return Math.min(Math.max(0, Math.round(value)), largestInteger);
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * A request's id as a UUID. Publishers may choose ids of executions that are none: the same id
 * then always gives the same UUID (version 8, of its SHA-256); the id itself is in `execution_id`.
 */
export function uuidColumn(id: string): string {
  if (uuidPattern.test(id)) return id.toLowerCase();
  const bytes = createHash('sha256').update(id).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

/** Throws `invalid_argument` for values that JSON let through: bad dates, NUL, infinite numbers. */
export function checkValues(message: object): void {
  const problems: FieldError[] = [];
  collectProblems(message, '', problems);
  if (problems.length > 0) throw invalidFields(problems);
}

/** Of the message's own fields and of those of messages in it; bytes and lists are taken as they are. */
function collectProblems(message: object, path: string, problems: FieldError[]): void {
  for (const [name, value] of Object.entries(message)) {
    if (value === undefined || typeof value === 'boolean') continue;
    const problem = problemOf(value);
    if (problem !== undefined) problems.push({ field: `${path}${name}`, problem });
    else if (isMessage(value)) collectProblems(value, `${path}${name}.`, problems);
  }
}

function problemOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value.includes('\0') ? 'contains NUL' : undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'is not a number';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'is not a time' : undefined;
  return undefined;
}

function isMessage(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return !(value instanceof Date || value instanceof Uint8Array || Array.isArray(value));
}
