// What the dashboard shows: what was recorded, asked for at first, after each gap and now and then, and what the feed tells.
import { effect, signal } from '@preact/signals';
import type { Phases } from '../frame/phases.tsx';
import { call } from '../session/api.ts';
import { apiKey } from '../session/key.ts';
import { pause } from '../session/pause.ts';
import { type Acquisition, merge } from './acquisitions.ts';
import type { ServerEvent } from './events.ts';
import { readFeed } from './feed.ts';
import type { Activity, Alert, FinishedExecution, Pool, SandboxEvent, Stats } from './wire.ts';

/** `problem` while there is no feed. */
export const connection = signal<{ readonly isLive: boolean; readonly problem?: string }>({
  isLive: false,
});
/** Why there is no history, such as a database that is away. */
export const historyProblem = signal<string | undefined>(undefined);
export const pools = signal<readonly Pool[] | undefined>(undefined);
export const stats = signal<Stats | undefined>(undefined);
/** Newest last. */
export const acquisitions = signal<readonly Acquisition[]>([]);
/** Newest first. */
export const executions = signal<readonly ExecutionRow[]>([]);
export const sandboxEvents = signal<readonly SandboxEvent[]>([]);
/** Of sandboxes, whether for stock or for somebody who waited; newest first. */
export const starts = signal<readonly Start[]>([]);
/** Newest first, each occurrence once. */
export const alerts = signal<readonly Alert[]>([]);

export interface ExecutionRow {
  readonly id: string;
  readonly status: string;
  readonly language: string;
  readonly ms: number | undefined;
  readonly isWarm: boolean;
  readonly at: string;
}

/** The start of one sandbox. */
export interface Start {
  readonly sandboxId: string;
  readonly template: string;
  readonly at: string;
  readonly phases: Phases;
}

const refreshMs = 60_000;
const retryMs = 3_000;

const kept = { acquisitions: 5_000, executions: 50, sandboxEvents: 80, starts: 500, alerts: 20 };

/** Follows the feed with each new key. */
export function followFeed(): () => void {
  return effect(() => {
    if (apiKey.value === undefined) {
      connection.value = { isLive: false, problem: 'An API key is needed.' };
      return;
    }
    const end = new AbortController();
    void keepHistory(end.signal);
    void readFeed(
      {
        event: receive,
        opened() {
          connection.value = { isLive: true };
          void askForHistory();
        },
        closed(problem) {
          connection.value = { isLive: false, problem };
        },
      },
      end.signal,
    );
    return () => end.abort();
  });
}

/** Asks again while there is none, and now and then for what is counted over a day. */
async function keepHistory(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await askForHistory();
    const ms = historyProblem.peek() === undefined ? refreshMs : retryMs;
    await pause(ms, signal);
  }
}

async function askForHistory(): Promise<void> {
  try {
    const [{ activity }, recorded] = await Promise.all([
      call<{ readonly activity: readonly Activity[] }>('/api/v1/activity?limit=1000'),
      call<Stats>('/api/v1/stats'),
    ]);
    stats.value = recorded;
    acquisitions.value = merge(
      acquisitions.value,
      activity.flatMap(acquisitionOf),
      kept.acquisitions,
    );
    addExecutions(activity.flatMap(executionOf));
    addStarts(activity.flatMap(startOf));
    historyProblem.value = undefined;
  } catch (error) {
    historyProblem.value = error instanceof Error ? error.message : String(error);
  }
}

function receive({ type, data }: ServerEvent): void {
  const told: unknown = JSON.parse(data);
  if (type === 'pools') pools.value = (told as { readonly pools: readonly Pool[] }).pools;
  if (type === 'execution') addExecutions([rowOf(told as FinishedExecution)]);
  if (type === 'sandbox') addSandboxEvent(told as SandboxEvent);
  if (type === 'alert') addAlert(told as Alert);
}

function addSandboxEvent(event: SandboxEvent): void {
  const others = sandboxEvents.value.filter(({ event_id: id }) => id !== event.event_id);
  sandboxEvents.value = [event, ...others].slice(0, kept.sandboxEvents);
  const { template, at: time, phases, sandbox_id: sandboxId = '' } = event;
  if (event.type === 'ready' && phases) addStarts([{ sandboxId, template, at: time, phases }]);
  const { request_id: requestId, acquisition_ms: ms = 0, from_warm_pool: isWarm = false } = event;
  if (event.type !== 'leased' || !requestId) return;
  const at = Date.parse(time);
  acquisitions.value = merge(
    acquisitions.value,
    [{ requestId, at, ms, isWarm }],
    kept.acquisitions,
  );
}

function addExecutions(rows: readonly ExecutionRow[]): void {
  const byId = new Map([...executions.value, ...rows].map((row) => [row.id, row]));
  executions.value = [...byId.values()]
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .slice(0, kept.executions);
}

function addStarts(more: readonly Start[]): void {
  const byId = new Map([...starts.value, ...more].map((start) => [start.sandboxId, start]));
  starts.value = [...byId.values()]
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .slice(0, kept.starts);
}

function addAlert(alert: Alert): void {
  const others = alerts.value.filter(({ alert_id: id }) => id !== alert.alert_id);
  alerts.value = [alert, ...others].slice(0, kept.alerts);
}

function acquisitionOf(row: Activity): Acquisition[] {
  const { request_id: requestId, startup_ms: ms, from_warm_pool: isWarm } = row;
  if (ms === undefined || ms === null) return [];
  return [{ requestId, at: Date.parse(row.request_received_at ?? ''), ms, isWarm }];
}

function executionOf(row: Activity): ExecutionRow[] {
  if (row.execution_id === '' || row.execution_status === '') return [];
  return [
    {
      ...{ id: row.execution_id, status: row.execution_status, language: row.template },
      ...{ ms: row.active_ms ?? undefined, isWarm: row.from_warm_pool },
      at: row.request_received_at ?? '',
    },
  ];
}

function rowOf(result: FinishedExecution): ExecutionRow {
  return {
    ...{ id: result.execution_id, status: result.status, language: result.language },
    ...{ ms: result.execution_time_ms, isWarm: result.from_warm_pool },
    at: result.finished_at ?? new Date().toISOString(),
  };
}

function startOf(row: Activity): Start[] {
  if (!row.phases || row.phases.total_ms <= 0) return [];
  const { sandbox_id: sandboxId, template, request_received_at: at = '' } = row;
  return [{ sandboxId, template, at, phases: row.phases }];
}
