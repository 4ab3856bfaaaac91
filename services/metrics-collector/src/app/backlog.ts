// What waits on the bus and for how long, and what the recorder says of its database.
import { parseJsonObject, queueOf, type StreamName, wholeStream } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { Bus } from '@pilotlight/messaging';
import type { ObservedConsumer, ObservedDatabase } from '../domain/observed.ts';

/** As the stats-recorder writes it into KV `health`. */
const databaseKey = 'stats-recorder.database';

const queues = [
  { queue: queueOf('high'), stream: 'EXEC_PRIORITY' },
  { queue: queueOf('normal'), stream: 'EXEC_STANDARD' },
] as const;

/** Who must keep up: the label under which it is shown, its stream and its durable name. */
const consumers = [
  { consumer: 'stats-recorder', stream: 'SANDBOX_EVENTS', durable: 'stats-recorder' },
  { consumer: 'stats-recorder-results', stream: 'EXEC_RESULTS', durable: 'stats-recorder' },
  { consumer: 'stats-recorder-telemetry', stream: 'TELEMETRY', durable: 'stats-recorder' },
] as const satisfies readonly { consumer: string; stream: StreamName; durable: string }[];

export interface Backlog {
  readonly queueAges: readonly { readonly queue: string; readonly oldestSeconds: number }[];
  /** Those that have ever consumed. */
  readonly consumers: readonly ObservedConsumer[];
  readonly database: ObservedDatabase | undefined;
}

export type BacklogBus = Pick<Bus, 'oldest' | 'consumerLag' | 'bucket'>;

/** Asks the bus; rejects as it does. */
export async function readBacklog(bus: BacklogBus, clock: Clock): Promise<Backlog> {
  const ageOf = (storedAt: Date | undefined) =>
    storedAt === undefined ? 0 : Math.max(0, clock.now().getTime() - storedAt.getTime()) / 1_000;
  const [queueAges, lags, health] = await Promise.all([
    Promise.all(
      queues.map(async ({ queue, stream }) => {
        return { queue, oldestSeconds: ageOf(await bus.oldest(stream, wholeStream)) };
      }),
    ),
    Promise.all(
      consumers.map(async ({ consumer, stream, durable }) => {
        const lag = await bus.consumerLag(stream, durable);
        if (lag === undefined) return [];
        const { pending, oldestPendingAt } = lag;
        return [{ consumer, pending, oldestSeconds: ageOf(oldestPendingAt) }];
      }),
    ),
    bus.bucket('health').then((bucket) => bucket.get(databaseKey)),
  ]);
  const database = health && databaseHealth(health.value);
  return { queueAges, consumers: lags.flat(), database };
}

/** Undefined for what is no such report. */
function databaseHealth(value: Uint8Array): ObservedDatabase | undefined {
  try {
    const { ok, reason } = parseJsonObject(value);
    if (typeof ok !== 'boolean') return undefined;
    return { ok, reason: typeof reason === 'string' ? reason : '' };
  } catch {
    return undefined;
  }
}
