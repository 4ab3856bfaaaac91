// What a lease or run may use: what was asked for, or else the template's own limits.
import {
  type ExecutionRequest,
  limits,
  type ResourceLimits,
  type Template,
} from '@pilotlight/contracts';
import type { RunLimits } from './verdict.ts';

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

/** Ceilings of one stage of a run: those that the kernel holds, and those that are watched. */
export interface StageLimits extends ChangeableLimits, RunLimits {}

/** Of the program itself. The caller has checked the bounds. */
export function runLimits(template: Template, request: ExecutionRequest): StageLimits {
  const timeoutSeconds = limits.orDefault(request.timeout, limits.timeoutSeconds);
  return stageLimits(template, request.memoryLimit, timeoutSeconds);
}

/** Of the stage before it; undefined for a language without one. */
export function compileLimits(
  template: Template,
  request: ExecutionRequest,
): StageLimits | undefined {
  const { compile } = template;
  if (compile === undefined) return undefined;
  const memoryMb = request.compileMemoryLimit || compile.memory_mb;
  return stageLimits(template, memoryMb, request.compileTimeout || compile.timeout_seconds);
}

function stageLimits(template: Template, memoryMb: number, timeoutSeconds: number): StageLimits {
  const wanted = effectiveLimits(template, { memoryMb });
  const timeoutMs = timeoutSeconds * 1_000;
  const cpuTimeMs = timeoutMs * wanted.cpus;
  return { ...wanted, timeoutMs, cpuTimeMs, outputBytes: limits.maxOutputBytes };
}

/** What a warm sandbox is made with. */
export function limitsAtBirth(template: Template) {
  return {
    ...effectiveLimits(template, undefined),
    openFiles: template.limits.open_files,
    workspaceBytes: template.limits.workspace_mb * mebibyte,
  };
}

export function sameLimits(a: ChangeableLimits, b: ChangeableLimits): boolean {
  return a.memoryBytes === b.memoryBytes && a.cpus === b.cpus && a.pids === b.pids;
}
