// Connects to NATS: waits for a server that is still starting, makes the streams, says what is old.
import type { NatsConnection } from '@nats-io/nats-core';
import { connect } from '@nats-io/transport-node';
import { type BusUser, busAccess, inboxOf, PlatformError } from '@pilotlight/contracts';
import type { Bus } from '../bus.ts';
import { createNatsBus } from './bus.ts';
import { platformErrorFrom } from './errors.ts';
import { pause } from './pause.ts';
import { openSession, type Session } from './session.ts';
import { ensureStreams, findStreams } from './streams.ts';
import { type BusTls, tlsFailure, tlsOptions } from './tls.ts';
import { isSupported, knownHoles, parseServerVersion } from './version.ts';

export interface BusOptions {
  /** One address or several with commas between, such as `nats://127.0.0.1:4222`. */
  readonly servers: string;
  /** Decides, on the server, what is allowed. Replies come to an inbox of this user's own. */
  readonly user?: string;
  readonly password?: string;
  /** With it TLS is insisted on. The server decides whether there is TLS; unset, Node's CAs are trusted. */
  readonly tls?: BusTls | undefined;
  /**
   * As whom of the contracts' table this is, which says what must be there, and whether it is made here.
   * Unless set, everything is made. `project`: nothing is needed, one only publishes.
   */
  readonly role?: BusUser | 'project';
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
 * Connects. Resolves when the streams and buckets that are needed are there: created or updated here,
 * or waited for. Rejects `unavailable` when that has not come true for 10 s, `unauthenticated` at once
 * where the credentials are refused, `permission_denied` where they do not suffice,
 * `failed_precondition` for a server before 2.9.
 */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const deadline = performance.now() + firstConnectMs;
  const warn = options.warn ?? (() => undefined);
  const connection = await retryUntil(deadline, () => dial(options));
  try {
    checkVersion(connection, warn);
    const { user } = options;
    const inboxPrefix = user === undefined ? undefined : inboxOf(user);
    const session = await openSession(connection, { warn, inboxPrefix });
    const direct = await retryUntil(deadline, () => prepare(session, options.role));
    session.onStatus((status) => {
      if (status === 'connected' && makes(options.role)) void restoreStreams(session);
    });
    return createNatsBus(session, direct);
  } catch (thrown) {
    await connection.close();
    throw platformErrorFrom(thrown);
  }
}

function makes(role: BusOptions['role']): boolean {
  return role === undefined || (role !== 'project' && busAccess[role].makesStreams === true);
}

/** Returns which streams answer direct reads. */
function prepare(session: Session, role: BusOptions['role']): Promise<ReadonlySet<string>> {
  if (role === undefined || makes(role)) return ensureStreams(session);
  return role === 'project' ? Promise.resolve(new Set<string>()) : findStreams(session, role);
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

async function dial(options: BusOptions): Promise<NatsConnection> {
  const { tls } = options;
  const files = tls === undefined ? {} : { tls: tlsOptions(tls) };
  try {
    return await connect({ ...connectionOptions(options), ...files });
  } catch (thrown) {
    throw tlsFailure(thrown, tls) ?? thrown;
  }
}

function connectionOptions(options: BusOptions) {
  return {
    servers: options.servers.split(',').map((server) => server.trim()),
    name: options.name,
    ...(options.user === undefined
      ? {}
      : { user: options.user, inboxPrefix: inboxOf(options.user) }),
    ...(options.password === undefined ? {} : { pass: options.password }),
    timeout: dialTimeoutMs,
    pingInterval: pingIntervalMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    reconnectJitter: 50,
    // A server that comes back with other credentials is an operator at work, not the end.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
  };
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
