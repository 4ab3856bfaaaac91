// One connection and what is known of it: whether it is up, and the calls that must not outlive it.
import {
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import type { PlatformError } from '@pilotlight/contracts';
import type { BusStatus } from '../bus.ts';
import { disconnected, platformErrorFrom } from './errors.ts';

/** How long an answer may take before a call rejects `unavailable`, in milliseconds. */
const requestTimeoutMs = 5_000;

/** Opens JetStream on a connection. Sends nothing. `warn` hears what an operator should know. */
export async function openSession(
  connection: NatsConnection,
  warn: (message: string) => void,
): Promise<Session> {
  const options = { timeout: requestTimeoutMs, checkAPI: false };
  const client = jetstream(connection, options);
  return new Session(connection, client, await jetstreamManager(connection, options), warn);
}

/** A connection that says when it breaks, and breaks what waits on it. */
export class Session {
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly warn: (message: string) => void;
  /** Aborted for good when the connection is being closed: readers end, calls are refused. */
  readonly closed: AbortSignal;
  readonly #closing = new AbortController();
  #ended: Promise<void> | undefined;
  #status: BusStatus = 'connected';
  readonly #listeners = new Set<(status: BusStatus) => void>();
  readonly #waiting = new Set<(reason: PlatformError) => void>();
  #whenNoneWait = (): void => {};

  constructor(
    connection: NatsConnection,
    client: JetStreamClient,
    manager: JetStreamManager,
    warn: (message: string) => void,
  ) {
    this.connection = connection;
    this.jetstream = client;
    this.manager = manager;
    this.warn = warn;
    this.closed = this.#closing.signal;
    void this.#followStatus().finally(() => {
      this.#change('disconnected');
      this.#closing.abort();
    });
  }

  get status(): BusStatus {
    return this.#status;
  }

  /** Returns what takes the listener away. */
  onStatus(listener: (status: BusStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Runs one call, with its error as a `PlatformError`. Rejects `unavailable` at once while
   * disconnected, and as soon as the connection breaks; the server may have done it all the same.
   */
  call<T>(run: () => Promise<T>): Promise<T> {
    if (this.#status === 'disconnected' || this.closed.aborted) {
      return Promise.reject(disconnected());
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      run().then(
        (value) => {
          this.#forget(reject);
          resolve(value);
        },
        (thrown: unknown) => {
          this.#forget(reject);
          reject(platformErrorFrom(thrown));
        },
      );
    });
  }

  /** Resolves when connected, or when `signal` is aborted or the connection closed. */
  untilConnected(signal: AbortSignal): Promise<void> {
    const ended = AbortSignal.any([signal, this.closed]);
    if (this.#status === 'connected' || ended.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        stopListening();
        ended.removeEventListener('abort', done);
        resolve();
      };
      const stopListening = this.onStatus(done);
      ended.addEventListener('abort', done);
    });
  }

  /** Lets the calls under way end, sends what is buffered, and disconnects. Idempotent. */
  close(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  async #end(): Promise<void> {
    this.#closing.abort();
    if (this.#waiting.size > 0) {
      await new Promise<void>((resolve) => {
        this.#whenNoneWait = resolve;
      });
    }
    if (this.#status === 'connected') await Promise.allSettled([this.connection.flush()]);
    await this.connection.close();
  }

  #forget(reject: (reason: PlatformError) => void): void {
    this.#waiting.delete(reject);
    if (this.#waiting.size === 0) this.#whenNoneWait();
  }

  async #followStatus(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === 'disconnect') this.#change('disconnected');
      if (type === 'reconnect') this.#change('connected');
    }
  }

  #change(status: BusStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    if (status === 'disconnected') {
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const reject of waiting) reject(disconnected());
      this.#whenNoneWait();
    }
    for (const listener of [...this.#listeners]) listener(status);
  }
}
