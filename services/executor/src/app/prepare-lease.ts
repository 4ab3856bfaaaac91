// What a sandbox gets between its claim and the answer: the limits, network and files of its lease.
import {
  type LeaseSandboxRequest,
  leaseOptionProblems,
  networkOf,
  PlatformError,
  type Template,
} from '@pilotlight/contracts';
import type { DriverCapabilities, Sandbox } from '@pilotlight/sandbox-runtime';
import { effectiveLimits, limitsAtBirth, sameLimits } from '../domain/effective-limits.ts';
import { writeSourceFiles } from './write-files.ts';

/** Problems of a request that are known before anything is claimed. */
export function optionProblems(
  request: LeaseSandboxRequest,
  template: Template,
  { egress }: Pick<DriverCapabilities, 'egress'>,
) {
  const problems = leaseOptionProblems(request, template);
  if (egress.available || networkOf(request.network, template) === 'none') return problems;
  return [...problems, { field: 'network', problem: `egress is missing here: ${egress.reason}` }];
}

/** Costs nothing where nothing was asked for. What fails here leaves a sandbox to be destroyed. */
export async function prepareLease(
  sandbox: Sandbox,
  template: Template,
  request: LeaseSandboxRequest,
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<void> {
  signal.throwIfAborted();
  const wanted = effectiveLimits(template, request.limits);
  if (!sameLimits(wanted, limitsAtBirth(template))) await sandbox.setLimits(wanted);
  if (networkOf(request.network, template) === 'egress')
    await named('network', sandbox.openEgress());
  if (request.files.length === 0) return;
  await named('files', writeSourceFiles(sandbox, request.files, { now, signal }));
}

/** `internal`: another node may do it, and this one is not full. */
async function named(option: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (thrown) {
    const { code, message } = PlatformError.from(thrown);
    if (code === 'cancelled') throw thrown;
    const problem = `the lease's ${option} cannot be had: ${message}`;
    throw new PlatformError('internal', problem, { cause: thrown });
  }
}
