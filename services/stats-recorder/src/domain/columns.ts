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
    scheduling_ms: phases?.schedulingMs ?? null,
    image_pull_ms: phases?.imagePullMs ?? null,
    container_create_ms: phases?.containerCreateMs ?? null,
    process_start_ms: phases?.processStartMs ?? null,
    app_init_ms: phases?.appInitMs ?? null,
    total_ms: phases?.totalMs ?? null,
  };
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
  for (const [field, value] of Object.entries(message)) {
    if (value instanceof Date && Number.isNaN(value.getTime())) {
      problems.push({ field, problem: 'is not a time' });
    }
    if (typeof value === 'string' && value.includes('\0')) {
      problems.push({ field, problem: 'contains NUL' });
    }
    if (typeof value === 'number' && !Number.isFinite(value)) {
      problems.push({ field, problem: 'is not a number' });
    }
  }
  if (problems.length > 0) throw invalidFields(problems);
}
