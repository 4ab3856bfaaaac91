// What one message says that is worth counting.
import type {
  ExecutionResult,
  SandboxEvent,
  SandboxEventType,
  StartPhases,
  StopReason,
  TerminalStatus,
} from '@pilotlight/contracts';
import { sandboxEventTypes, stopReasons, terminalStatuses } from '@pilotlight/contracts';

/** The label of everything that is not in the closed set it should be of. */
export const unknown = 'unknown' as const;

export type Measurement =
  | { readonly kind: 'event'; readonly type: SandboxEventType | typeof unknown }
  | {
      readonly kind: 'start_phase';
      readonly template: string;
      readonly phase: string;
      readonly seconds: number;
    }
  | {
      readonly kind: 'acquisition';
      readonly template: string;
      readonly source: 'warm' | 'cold';
      readonly seconds: number;
    }
  | {
      readonly kind: 'stop';
      readonly template: string;
      readonly reason: StopReason | typeof unknown;
    }
  /** A start that came to nothing: it is a stop too. */
  | { readonly kind: 'failed_start'; readonly template: string };

/** The phases as labels; `total` is a series beside its parts. */
const phaseNames: readonly (readonly [string, keyof StartPhases])[] = [
  ['scheduling', 'schedulingMs'],
  ['image_pull', 'imagePullMs'],
  ['container_create', 'containerCreateMs'],
  ['process_start', 'processStartMs'],
  ['app_init', 'appInitMs'],
  ['total', 'totalMs'],
];

/**
 * A start is measured by its `ready`, a wait by its `leased`, an end by `stopped` or `failed`; every event
 * is counted. `template` is the label, never what the event says.
 */
export function measurementsOf(event: SandboxEvent, template: string): Measurement[] {
  const type = sandboxEventTypes.find((known) => known === event.type) ?? unknown;
  return [{ kind: 'event', type }, ...durationsAndEnds(event, template)];
}

function durationsAndEnds(event: SandboxEvent, template: string): Measurement[] {
  switch (event.type) {
    case 'ready': {
      const { phases } = event;
      if (phases === undefined) return [];
      return phaseNames.map(([phase, field]) => ({
        kind: 'start_phase',
        template,
        phase,
        seconds: secondsOf(phases[field]),
      }));
    }
    case 'leased':
      return [
        {
          kind: 'acquisition',
          template,
          source: event.fromWarmPool ? 'warm' : 'cold',
          seconds: secondsOf(event.acquisitionMs),
        },
      ];
    case 'stopped':
      return [{ kind: 'stop', template, reason: reasonOf(event.stopReason) }];
    case 'failed': {
      const reason = event.stopReason === '' ? 'error' : reasonOf(event.stopReason);
      const stop = { kind: 'stop', template, reason } as const;
      return event.readyAt === undefined ? [stop, { kind: 'failed_start', template }] : [stop];
    }
    default:
      return [];
  }
}

function reasonOf(text: string): StopReason | typeof unknown {
  return stopReasons.find((known) => known === text) ?? unknown;
}

/** 0 for what no duration can be, which Prometheus would not take. */
function secondsOf(milliseconds: number): number {
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) / 1_000 : 0;
}

export interface ExecutionMeasurement {
  /** `unknown` for what no template runs: anybody can name a language that does not exist. */
  readonly language: string;
  readonly status: TerminalStatus | typeof unknown;
  /** Of the program alone. */
  readonly seconds: number;
  /** Undefined where it had no compile stage. */
  readonly compile: Pick<ExecutionMeasurement, 'status' | 'seconds'> | undefined;
  /** Of all its processes and both stages, in whole milliseconds, rounded up. */
  readonly cpuMilliseconds: number;
  /** Undefined where it never had a sandbox. */
  readonly wasCold: boolean | undefined;
}

/** `languages` maps each language and template name to the label it is counted under. */
export function executionMeasurement(
  result: ExecutionResult,
  languages: ReadonlyMap<string, string>,
): ExecutionMeasurement {
  return {
    language: languages.get(result.language) ?? unknown,
    ...stageMeasurement(result),
    compile: result.compile && stageMeasurement(result.compile),
    cpuMilliseconds: wholeMs(result.cpuTimeMs) + wholeMs(result.compile?.cpuTimeMs ?? 0),
    wasCold: result.sandboxId === '' ? undefined : !result.fromWarmPool,
  };
}

function stageMeasurement(stage: Pick<ExecutionResult, 'status' | 'executionTimeMs'>) {
  return {
    status: terminalStatuses.find((known) => known === stage.status) ?? unknown,
    seconds: secondsOf(stage.executionTimeMs),
  };
}

function wholeMs(milliseconds: number): number {
  return Math.ceil(secondsOf(milliseconds) * 1_000);
}
