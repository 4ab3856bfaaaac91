// Runs over NATS as a program with a standing subscription makes them, timed to the millisecond's
// fraction: when the first output and the result were in its hands.
import { randomUUID } from 'node:crypto';
import {
  ExecutionRequest,
  ExecutionResult,
  fromJsonBytes,
  parseSubject,
  subject,
  subjectFilter,
  toJsonBytes,
} from '@pilotlight/contracts';
import type { Bus } from '@pilotlight/messaging';

/** Milliseconds since the request was published. */
export interface TimedRun {
  readonly firstByteMs: number;
  readonly runMs: number;
  readonly result: ExecutionResult;
}

/** Publishes runs and hears of them. */
export interface Runner {
  run(code: string, userId?: string): Promise<TimedRun>;
}

/** Ends its subscriptions when `signal` aborts. */
export function createRunner(bus: Bus, signal: AbortSignal): Runner {
  const firstBytes = new Map<string, PromiseWithResolvers<number>>();
  const waiting = new Map<string, (result: ExecutionResult) => void>();
  const hearOutput = async () => {
    const filter = subjectFilter('executionOutput');
    for await (const message of bus.follow('EXEC_OUTPUT', filter, 'new', signal)) {
      const id = parseSubject('executionOutput', message.subject)?.id;
      if (id !== undefined) firstBytes.get(id)?.resolve(performance.now());
    }
  };
  const hearResults = async () => {
    const filter = subjectFilter('executionResult');
    for await (const message of bus.follow('EXEC_RESULTS', filter, 'new', signal)) {
      const result = fromJsonBytes(ExecutionResult, message.data);
      waiting.get(result.executionId)?.(result);
    }
  };
  const listening = Promise.all([hearOutput(), hearResults()]);
  return {
    async run(code, userId = 'bench') {
      const id = randomUUID();
      const heard = new Promise<ExecutionResult>((resolve) => waiting.set(id, resolve));
      const firstByte = Promise.withResolvers<number>();
      firstBytes.set(id, firstByte);
      const startedAt = performance.now();
      await publish(bus, { id, userId, code });
      const result = await Promise.race([heard, listening.then(noMoreResults)]);
      const runMs = performance.now() - startedAt;
      waiting.delete(id);
      // Two subscriptions: its output may be heard after the result. A run that failed has none.
      const wrote = result.lastOutputSequence > 0;
      const firstByteMs = wrote ? (await firstByte.promise) - startedAt : Number.NaN;
      firstBytes.delete(id);
      return { firstByteMs, runMs, result };
    },
  };
}

function noMoreResults(): never {
  throw new Error('The subscriptions have ended.');
}

interface Wanted {
  readonly id: string;
  readonly userId: string;
  readonly code: string;
}

async function publish(bus: Bus, { id, userId, code }: Wanted): Promise<void> {
  const request = ExecutionRequest.create({
    id,
    userId,
    language: 'python',
    priority: 'normal',
    code: Buffer.from(code),
  });
  await bus.publish(
    subject('executionRequest', { priority: 'normal', language: 'python' }),
    toJsonBytes(ExecutionRequest, request),
    { messageId: id },
  );
}
