// What one message says that is worth counting.
import type {
  ExecutionResult,
  SandboxEvent,
  StartPhases,
  TerminalStatus,
} from '@pilotlight/contracts';
import { terminalStatuses } from '@pilotlight/contracts';

export type Measurement =
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
  | { readonly kind: 'stop'; readonly template: string; readonly reason: string };

/** The phases as labels; `total` is a series beside its parts. */
const phaseNames: readonly (readonly [string, keyof StartPhases])[] = [
  ['scheduling', 'schedulingMs'],
  ['image_pull', 'imagePullMs'],
  ['container_create', 'containerCreateMs'],
  ['process_start', 'processStartMs'],
  ['app_init', 'appInitMs'],
  ['total', 'totalMs'],
];

/** A start is measured by its `ready`, a wait by its `leased`, an end by `stopped` or `failed`. */
export function measurementsOf(event: SandboxEvent): Measurement[] {
  const { template } = event;
  switch (event.type) {
    case 'ready': {
      const { phases } = event;
      if (phases === undefined) return [];
      return phaseNames.map(([phase, field]) => ({
        kind: 'start_phase',
        template,
        phase,
        seconds: phases[field] / 1_000,
      }));
    }
    case 'leased':
      return [
        {
          kind: 'acquisition',
          template,
          source: event.fromWarmPool ? 'warm' : 'cold',
          seconds: event.acquisitionMs / 1_000,
        },
      ];
    case 'stopped':
      return [{ kind: 'stop', template, reason: event.stopReason || 'unknown' }];
    case 'failed':
      return [{ kind: 'stop', template, reason: event.stopReason || 'error' }];
    default:
      return [];
  }
}

export interface ExecutionMeasurement {
  /** `unknown` for what no template runs: anybody can name a language that does not exist. */
  readonly language: string;
  readonly status: TerminalStatus | 'unknown';
  /** Of the program alone. */
  readonly seconds: number;
  /** Undefined where it had no compile stage. */
  readonly compile: Pick<ExecutionMeasurement, 'status' | 'seconds'> | undefined;
  /** Undefined where it never had a sandbox. */
  readonly wasCold: boolean | undefined;
}

/** `languages` maps each language and template name to the label it is counted under. */
export function executionMeasurement(
  result: ExecutionResult,
  languages: ReadonlyMap<string, string>,
): ExecutionMeasurement {
  return {
    language: languages.get(result.language) ?? 'unknown',
    ...stageMeasurement(result),
    compile: result.compile && stageMeasurement(result.compile),
    wasCold: result.sandboxId === '' ? undefined : !result.fromWarmPool,
  };
}

function stageMeasurement(stage: Pick<ExecutionResult, 'status' | 'executionTimeMs'>) {
  return {
    status: terminalStatuses.find((known) => known === stage.status) ?? ('unknown' as const),
    seconds: stage.executionTimeMs / 1_000,
  };
}
