// One connection and what is known of it: whether it is up, and the calls that must not outlive it.
import {
  type JetStreamClient,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import { createInbox, type NatsConnection } from '@nats-io/nats-core';
import type { PlatformError } from '@pilotlight/contracts';
import type { BusStatus } from '../bus.ts';
import { denialIn, denied, disconnected, platformErrorFrom } from './errors.ts';

/** How long an answer may take before a call rejects `unavailable`, in milliseconds. */
const requestTimeoutMs = 5_000;
/** Subjects may hold ids: enough of them says enough. */
const maxTold = 16;

/** Opens JetStream on a connection. Sends nothing. */
export async function openSession(
  connection: NatsConnection,
  options: SessionOptions,
): Promise<Session> {
  const asked = { timeout: requestTimeoutMs, checkAPI: false };
  const client = jetstream(connection, asked);
  return new Session(connection, client, await jetstreamManager(connection, asked), options);
}

export interface SessionOptions {
  /** Hears what an operator should know. */
  readonly warn: (message: string) => void;
  /** Where this user may listen for replies; undefined: anywhere. */
  readonly inboxPrefix?: string | undefined;
}

/** A connection that says when it breaks, and breaks what waits on it. */
export class Session {
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly warn: (message: string) => void;
  /** Aborted for good when the connection is being closed: readers end, calls are refused. */
  readonly closed: AbortSignal;
  readonly #inboxPrefix: string | undefined;
  readonly #denials = new Set<(subject: string, error: PlatformError) => void>();
  /** Subjects that were refused, so that each is told of once. */
  readonly #told = new Set<string>();
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
    { warn, inboxPrefix }: SessionOptions,
  ) {
    this.connection = connection;
    this.jetstream = client;
    this.manager = manager;
    this.warn = warn;
    this.#inboxPrefix = inboxPrefix;
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

  /** A subject to be answered on, which nobody else hears. */
  newInbox(): string {
    return createInbox(this.#inboxPrefix);
  }

  /**
   * Hears of each subject that the server refuses to this user, which it says beside the message that
   * it drops. Returns what takes the listener away.
   */
  onDenied(listener: (subject: string, error: PlatformError) => void): () => void {
    this.#denials.add(listener);
    return () => this.#denials.delete(listener);
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
    for await (const event of this.connection.status()) {
      if (event.type === 'disconnect') this.#change('disconnected');
      if (event.type === 'reconnect') this.#change('connected');
      if (event.type === 'error') this.#tellDenial(event.error);
    }
  }

  #tellDenial(error: Error): void {
    const denial = denialIn(error);
    if (denial === undefined) return;
    const told = denied(denial);
    for (const listener of [...this.#denials]) listener(denial.subject, told);
    if (this.#told.has(denial.subject) || this.#told.size >= maxTold) return;
    this.#told.add(denial.subject);
    this.warn(told.message);
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
