// One creation: a driver's work and the phases of a start measured around it.
import { PlatformError, type StartPhases } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { DriverPhases, Sandbox, SandboxDriver } from '@pilotlight/sandbox-runtime';
import { limitsAtBirth } from '../domain/effective-limits.ts';
import { stepTimes } from '../domain/timeline.ts';
import { startApplication } from './application.ts';
import { driverTemplate } from './driver-template.ts';
import type { OpenProbe } from './ports.ts';
import type { Requester, SandboxRecord } from './sandbox-record.ts';
import type { SandboxRegistry } from './sandbox-registry.ts';

export interface CreateOptions {
  readonly driver: SandboxDriver;
  readonly registry: SandboxRegistry;
  readonly clock: Clock;
  /** Longest that a driver may take; an application then has the time that its probe gives it. */
  readonly createTimeoutMs: number;
  readonly openProbe: OpenProbe;
}

/**
 * Takes an ordered sandbox to `ready`. On a failure, which is told as that of `whoWaits` if anybody does,
 * it is `failed` and nothing of it is left (what resists is left to the reaper); then rejects with the
 * driver's `PlatformError`.
 */
export async function createSandbox(
  options: CreateOptions,
  record: SandboxRecord,
  signal: AbortSignal,
  whoWaits: () => Requester | undefined,
): Promise<void> {
  const { registry, clock } = options;
  const begunAt = registry.timeOf(record);
  const begunAtMs = clock.monotonicMs();
  record.createdAt = begunAt;
  registry.move(record, 'creating', begunAt);
  try {
    const sandbox = await driverCreate(options, record, signal);
    record.sandbox = sandbox;
    const steps = stepTimes(begunAt, sandbox.phases);
    record.steps = steps;
    const applicationMs = await startIfApplication(options, record, sandbox, signal);
    const { appInitMs } = sandbox.phases;
    const phases = startPhases(begunAtMs - record.orderedAtMs, {
      ...sandbox.phases,
      appInitMs: appInitMs + applicationMs,
    });
    record.phases = phases;
    record.usageAtStart = await sandbox.usage();
    registry.move(record, 'starting', steps.containerCreatedAt);
    const readyAt = registry.timeOf(record);
    record.readyAt = readyAt;
    registry.move(record, 'ready', readyAt);
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

/** Waits for a template's service to answer; returns how long that took. */
async function startIfApplication(
  { driver, clock, openProbe }: CreateOptions,
  record: SandboxRecord,
  sandbox: Sandbox,
  signal: AbortSignal,
): Promise<number> {
  const { probe: settings } = record.template;
  if (settings === undefined) return 0;
  const { ports } = driver.capabilities;
  if (!ports.available) throw new PlatformError('unavailable', ports.reason);
  const begunMs = clock.monotonicMs();
  record.application = await startApplication({
    ...{ sandbox, settings, openProbe, clock, signal },
    onBegun: (lastOutput) => {
      record.startOutput = lastOutput;
    },
  });
  return clock.monotonicMs() - begunMs;
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
        template: driverTemplate(template),
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
