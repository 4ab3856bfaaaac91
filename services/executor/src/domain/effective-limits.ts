// What a lease or run may use: what was asked for, or else the template's own limits.
import { limits, type ResourceLimits, type Template } from '@pilotlight/contracts';

const mebibyte = 1024 * 1024;

/** Ceilings that can change from one lease to the next. */
export interface ChangeableLimits {
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly pids: number;
}

/** Zero or nothing means the template's. The caller has checked the bounds. */
export function effectiveLimits(
  template: Template,
  asked: Partial<ResourceLimits> | undefined,
): ChangeableLimits {
  const or = (value: number | undefined, otherwise: number) =>
    value === undefined || value === 0 ? otherwise : value;
  return {
    memoryBytes: or(asked?.memoryMb, template.limits.memory_mb) * mebibyte,
    cpus: or(asked?.cpus, template.limits.cpus),
    pids: or(asked?.pids, template.limits.pids),
  };
}

/** What a warm sandbox is made with. */
export function limitsAtBirth(template: Template) {
  return {
    ...effectiveLimits(template, undefined),
    openFiles: limits.openFiles,
    workspaceBytes: limits.workspaceBytes,
  };
}

export function sameLimits(a: ChangeableLimits, b: ChangeableLimits): boolean {
  return a.memoryBytes === b.memoryBytes && a.cpus === b.cpus && a.pids === b.pids;
}

/** Refuses limits outside the platform's bounds, naming each field. */
export function limitProblems(asked: ResourceLimits | undefined) {
  const checks = [
    ['limits.memory_mb', asked?.memoryMb ?? 0, limits.memoryMb],
    ['limits.cpus', asked?.cpus ?? 0, limits.cpus],
    ['limits.pids', asked?.pids ?? 0, limits.pids],
  ] as const;
  return checks
    .filter(([, value, bounds]) => !limits.withinBounds(value, bounds))
    .map(([field, , bounds]) => ({ field, problem: `must be ${bounds.min} to ${bounds.max}` }));
}
