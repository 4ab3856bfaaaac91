// Connects to NATS: waits for a server that is still starting, makes the streams, says what is old.
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { PlatformError } from '@pilotlight/contracts';
import type { Bus } from '../bus.ts';
import { createNatsBus } from './bus.ts';
import { platformErrorFrom } from './errors.ts';
import { pause } from './pause.ts';
import { openSession, type Session } from './session.ts';
import { ensureStreams } from './streams.ts';
import { isSupported, knownHoles, parseServerVersion } from './version.ts';

export interface BusOptions {
  /** One address or several with commas between, such as `nats://127.0.0.1:4222`. */
  readonly servers: string;
  readonly user?: string;
  readonly password?: string;
  /** Shown in the server's list of connections. */
  readonly name: string;
  /** Hears one sentence for each thing that an operator should know. */
  readonly warn?: (message: string) => void;
}

/** How long a server may take to answer at first; afterwards it is waited for without end. */
const firstConnectMs = 10_000;
const retryEveryMs = 50;
const pingIntervalMs = 15_000;
const dialTimeoutMs = 2_000;

/**
 * Connects, and creates or updates every stream and bucket of the contracts before it resolves.
 * Rejects `unavailable` when no server with JetStream has answered for 10 s, `unauthenticated`
 * at once where the credentials are refused, `failed_precondition` for a server before 2.9.
 */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const deadline = performance.now() + firstConnectMs;
  const warn = options.warn ?? (() => undefined);
  const connection = await retryUntil(deadline, () => dial(options));
  try {
    checkVersion(connection, warn);
    const session = await openSession(connection, warn);
    const direct = await retryUntil(deadline, () => ensureStreams(session));
    session.onStatus((status) => {
      if (status === 'connected') void restoreStreams(session);
    });
    return createNatsBus(session, direct);
  } catch (thrown) {
    await connection.close();
    throw platformErrorFrom(thrown);
  }
}

/** A server that was restarted without its store is made whole again. Never rejects. */
async function restoreStreams(session: Session): Promise<void> {
  try {
    await retryUntil(performance.now() + firstConnectMs, () => ensureStreams(session));
  } catch (thrown) {
    // Gone again: the next reconnect tries again.
    if (session.status === 'disconnected' || session.closed.aborted) return;
    session.warn(`The streams could not be checked after a reconnect: ${String(thrown)}`);
  }
}

function dial(options: BusOptions): Promise<NatsConnection> {
  return connect({
    servers: options.servers.split(',').map((server) => server.trim()),
    name: options.name,
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(options.password === undefined ? {} : { pass: options.password }),
    timeout: dialTimeoutMs,
    pingInterval: pingIntervalMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    reconnectJitter: 50,
    // A server that comes back with other credentials is an operator at work, not the end.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
  });
}

function checkVersion(connection: NatsConnection, warn: (message: string) => void): void {
  const text = connection.info?.version ?? '';
  const version = parseServerVersion(text);
  if (version === undefined || !isSupported(version)) {
    const problem = `nats-server 2.9 or later is needed; this one says that it is ${text}.`;
    throw new PlatformError('failed_precondition', problem);
  }
  const holes = knownHoles(version);
  if (holes !== undefined) warn(holes);
}

async function retryUntil<T>(deadline: number, attempt: () => Promise<T>): Promise<T> {
  const never = new AbortController().signal;
  for (;;) {
    try {
      return await attempt();
    } catch (thrown) {
      const error = platformErrorFrom(thrown);
      if (error.code !== 'unavailable' || performance.now() > deadline) throw error;
      await pause(retryEveryMs, never);
    }
  }
}
