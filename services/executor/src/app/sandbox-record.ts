// What the executor knows of one sandbox, from the order to make it until it is gone.
import type {
  SandboxEvent,
  SandboxId,
  SandboxState,
  StartPhases,
  StopReason,
  Template,
} from '@pilotlight/contracts';
import type { Sandbox, SandboxUsage } from '@pilotlight/sandbox-runtime';
import type { Health } from '../domain/health.ts';
import type { Moment, StepTimes } from '../domain/timeline.ts';
import type { Application } from './application.ts';

/** Who asked for a sandbox: a lease or an execution. */
export interface Requester {
  readonly kind: 'lease' | 'run';
  /** UUID of the row in container_stats. */
  readonly requestId: string;
  readonly userId: string;
  readonly s3Bucket: string;
  readonly receivedAt: Date;
  /** When the request came to this node, on the monotonic clock. */
  readonly arrivedAtMs: number;
  /** What it had waited before it came here. */
  readonly waitedUpstreamMs: number;
  /** How long it may wait here. */
  readonly waitMs: number;
  readonly traceparent: string;
  /** Empty for a lease. */
  readonly executionId: string;
}

/** A requester that has got its sandbox. */
export interface Holder extends Requester {
  readonly availableAt: Date;
  readonly fromWarmPool: boolean;
  readonly acquisitionMs: number;
}

export interface SandboxRecord {
  readonly id: SandboxId;
  /** As it was when this sandbox was ordered. */
  readonly template: Template;
  /** See `templateRevision`. */
  readonly templateRevision: string;
  readonly orderedAt: Date;
  readonly orderedAtMs: number;
  /** The latest that was told of it. Changed only by `SandboxRegistry.timeOf`. */
  lastMoment: Moment;
  /** The only user who may get it; of one that was made for a user who gave theirs back. */
  reservedFor?: string;
  /** Changed only by `SandboxRegistry.move`. */
  state: SandboxState;
  /** Of its language, as it was when the sandbox was begun; empty where it has none. */
  version?: string;
  /** When a driver began to make it. */
  createdAt?: Date;
  /** Set once its driver has made it, also where its application then fails to start. */
  steps?: StepTimes;
  readyAt?: Date;
  stoppedAt?: Date;
  /** The living sandbox; set from ready on. */
  sandbox?: Sandbox;
  phases?: StartPhases;
  /** What its application wrote last; set where its template has a probe, while it starts. */
  startOutput?: () => string;
  /** What it runs, where its template has a probe; set from ready on. */
  application?: Application;
  /** Of its application. */
  health?: Health;
  /** Whether its template's deferred packages are there; unset where it has none. */
  deferredPackages?: 'pending' | 'installed' | 'failed';
  /** What the start itself used; a run is charged for what comes on top. */
  usageAtStart?: SandboxUsage;
  holder?: Holder;
  /** Whose cold start failed with it. */
  requester?: Requester;
  expiresAt?: Date;
  /** How its execution ended. */
  executionStatus?: string;
  stopReason?: StopReason;
  detail?: string;
}

/** Why one is gone that nobody ended: of an application with what it wrote last. */
export function endedByItself({ application }: SandboxRecord, what: string): string {
  const said = application?.lastOutput() ?? '';
  return said === '' ? what : `${what}. Its application wrote last:\n${said}`;
}

/** The event of a move: all that is known, so that a later one repeats an earlier one. */
export function eventOf(
  record: SandboxRecord,
  about: {
    readonly type: string;
    readonly at: Date;
    readonly node: string;
    readonly incarnation: string;
    readonly platformVersion: string;
    /** Tells events of one sandbox apart. */
    readonly ordinal: number;
  },
): SandboxEvent {
  const { holder } = record;
  const requester = holder ?? record.requester;
  return {
    eventId: `${record.id}-${about.ordinal}`,
    type: about.type,
    at: about.at,
    sandboxId: record.id,
    template: record.template.name,
    node: about.node,
    incarnation: about.incarnation,
    requestId: requester?.requestId ?? '',
    userId: requester?.userId ?? '',
    s3Bucket: requester?.s3Bucket ?? '',
    requestReceivedAt: requester?.receivedAt,
    orderedAt: record.orderedAt,
    sandboxCreatedAt: record.createdAt,
    imageReadyAt: record.steps?.imageReadyAt,
    containerCreatedAt: record.steps?.containerCreatedAt,
    processStartedAt: record.steps?.processStartedAt,
    readyAt: record.readyAt,
    availableAt: holder?.availableAt,
    stoppedAt: record.stoppedAt,
    fromWarmPool: holder?.fromWarmPool ?? false,
    acquisitionMs: holder?.acquisitionMs ?? 0,
    phases: record.phases,
    stopReason: record.stopReason ?? '',
    detail: record.detail ?? '',
    executionId: requester?.executionId ?? '',
    executionStatus: record.executionStatus ?? '',
    language: record.template.language ?? '',
    traceparent: requester?.traceparent ?? '',
    templateRevision: record.templateRevision,
    platformVersion: about.platformVersion,
  };
}
