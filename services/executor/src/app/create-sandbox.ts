// One creation: a driver's work and the phases of a start measured around it.
import { PlatformError, type StartPhases } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { DriverPhases, SandboxDriver } from '@pilotlight/sandbox-runtime';
import { limitsAtBirth } from '../domain/effective-limits.ts';
import type { Requester, SandboxRecord } from './sandbox-record.ts';
import type { SandboxRegistry } from './sandbox-registry.ts';

export interface CreateOptions {
  readonly driver: SandboxDriver;
  readonly registry: SandboxRegistry;
  readonly clock: Clock;
  /** Longest that a creation may take. */
  readonly createTimeoutMs: number;
}

/**
 * Takes an ordered sandbox to `ready`. A failure is told as that of `whoWaits`, if anybody does. On a failure it is `failed` and nothing of it is left (what
 * resists is left to the reaper); then rejects with the driver's `PlatformError`.
 */
export async function createSandbox(
  options: CreateOptions,
  record: SandboxRecord,
  signal: AbortSignal,
  whoWaits: () => Requester | undefined,
): Promise<void> {
  const { registry, clock } = options;
  const begunAt = clock.now();
  const begunAtMs = clock.monotonicMs();
  record.createdAt = begunAt;
  registry.move(record, 'creating');
  try {
    const sandbox = await driverCreate(options, record, signal);
    const phases = startPhases(begunAtMs - record.orderedAtMs, sandbox.phases);
    record.sandbox = sandbox;
    record.phases = phases;
    record.usageAtStart = await sandbox.usage();
    const madeMs = phases.imagePullMs + phases.containerCreateMs;
    registry.move(record, 'starting', new Date(begunAt.getTime() + madeMs));
    record.readyAt = clock.now();
    registry.move(record, 'ready');
  } catch (thrown) {
    const error = PlatformError.from(thrown);
    const requester = whoWaits();
    if (requester !== undefined) record.requester = requester;
    record.stopReason = 'error';
    record.detail = error.message;
    await record.sandbox?.destroy().catch((cause: unknown) => {
      record.detail = `${error.message}; and it could not be destroyed: ${String(cause)}`;
    });
    registry.move(record, 'failed');
    throw error;
  }
}

async function driverCreate(options: CreateOptions, record: SandboxRecord, signal: AbortSignal) {
  const { template } = record;
  const tooLong = new AbortController();
  const cancel = options.clock.after(options.createTimeoutMs, () =>
    tooLong.abort(
      new PlatformError('internal', `not ready after ${options.createTimeoutMs / 1_000} s`),
    ),
  );
  try {
    return await options.driver.create(
      {
        id: record.id,
        incarnation: options.registry.address.incarnation,
        template: {
          name: template.name,
          image: template.image,
          toolchains: template.toolchains,
          runner: template.runner.argv,
          files: template.files,
          env: template.env,
        },
        limits: limitsAtBirth(template),
      },
      AbortSignal.any([signal, tooLong.signal]),
    );
  } finally {
    cancel();
  }
}

/** The driver's four phases after the wait in the queue; they add up to the total. */
export function startPhases(schedulingMs: number, driver: DriverPhases): StartPhases {
  const { imagePullMs, containerCreateMs, processStartMs, appInitMs } = driver;
  const totalMs = schedulingMs + imagePullMs + containerCreateMs + processStartMs + appInitMs;
  return {
    schedulingMs,
    ...{ imagePullMs, containerCreateMs, processStartMs, appInitMs },
    totalMs,
  };
}
