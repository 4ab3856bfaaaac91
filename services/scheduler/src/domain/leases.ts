// What a caller may ask of an acquire: bounds, each problem by the name of its field.
import {
  type AcquireSandboxRequest,
  type FieldError,
  leaseOptionProblems,
  limits,
  type Template,
} from '@pilotlight/contracts';

const maxNameBytes = 256;

/** Everything wrong with an acquire but its template's name; undefined where that is unknown. */
export function acquireProblems(
  request: AcquireSandboxRequest,
  template: Template | undefined,
): FieldError[] {
  const problems: FieldError[] = leaseOptionProblems(request, template);
  const within = (field: string, value: number, bounds: limits.Bounds, unit: string) => {
    if (limits.withinBounds(value, bounds)) return;
    problems.push({ field, problem: `must be ${bounds.min} to ${bounds.max}${unit}` });
  };
  const short = (field: string, value: string) => {
    if (Buffer.byteLength(value) <= maxNameBytes) return;
    problems.push({ field, problem: `must be at most ${maxNameBytes} bytes` });
  };
  within('ttl_seconds', request.ttlSeconds, limits.leaseTtlSeconds, ' seconds');
  within('idle_timeout_seconds', request.idleTimeoutSeconds, limits.leaseIdleSeconds, ' seconds');
  short('user_id', request.userId);
  short('s3_bucket', request.s3Bucket);
  short('idempotency_key', request.idempotencyKey);
  return problems;
}
