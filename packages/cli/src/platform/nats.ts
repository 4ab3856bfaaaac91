// The platform's private nats-server, brought back when it crashes.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, optionalText, settings } from '@pilotlight/config';
import { backoff, type Clock, type Scope } from '@pilotlight/lifecycle';
import { type NatsServer, startNatsServer } from '@pilotlight/messaging/server';
import type { OnEvent } from './events.ts';

export interface NatsOptions {
  readonly dataDir: string;
  readonly binary: string;
  readonly clock: Clock;
  readonly onEvent: OnEvent;
}

const name = 'nats-server';

/** Starts it with its store in the data directory; the scope stops it. */
export async function startNats(scope: Scope, options: NatsOptions): Promise<NatsServer> {
  const { clock, onEvent, binary } = options;
  onEvent({ kind: 'starting', name });
  const startedMs = clock.monotonicMs();
  const server = await startNatsServer({ binary, directory: join(options.dataDir, 'nats') });
  let stopping = false;
  scope.defer(name, async () => {
    stopping = true;
    onEvent({ kind: 'stopping', name });
    await server.stop();
  });
  const delays = backoff({ minMs: 100, maxMs: 5_000, jitter: 0.1 });
  const bringBack = (reason: string) => {
    if (stopping) return;
    const restartInMs = Math.round(delays.next());
    onEvent({ kind: 'crashed', name, reason, restartInMs });
    clock.after(restartInMs, () => {
      if (stopping) return;
      server.restart().then(
        () => delays.reset(),
        (error: Error) => bringBack(error.message),
      );
    });
  };
  server.onCrash(bringBack);
  onEvent({ kind: 'ready', name, afterMs: clock.monotonicMs() - startedMs });
  return server;
}

const own = settings({
  natsServer: optionalText({ description: 'Path of the nats-server program to run.' }),
});

/** PILOTLIGHT_NATS_SERVER, else what set-up put into the checkout, else the one on PATH. */
export function natsServerOf(root: string): string {
  const fetched = join(root, '.cache/bin/nats-server');
  return loadConfig(own).natsServer ?? (existsSync(fetched) ? fetched : name);
}
