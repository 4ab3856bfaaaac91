// A client's connection: the calls in progress on it, and what can end them from this side.
import { Client, connectivityState } from '@grpc/grpc-js';
import { PlatformError } from '@pilotlight/contracts';
import { clientOptions } from './channel-options.ts';
import { ClientCredentials } from './client-credentials.ts';
import type { ClientTls } from './tls.ts';

export class Connection {
  readonly channel: Client;
  readonly #inProgress = new Set<() => void>();
  #closed = false;
  /** Why there is no connection, where more is known than that there is none. */
  #problem: string | undefined;

  constructor(address: string, tls?: ClientTls) {
    const credentials = new ClientCredentials({
      tls,
      isConnecting: () => this.#state === connectivityState.CONNECTING,
      onProblem: (problem) => {
        this.#problem = problem;
      },
    });
    this.channel = new Client(address, credentials, clientOptions);
  }

  get #state(): connectivityState {
    return this.channel.getChannel().getConnectivityState(false);
  }

  /** Throws `cancelled` where a call must not even begin. */
  check(signal: AbortSignal | undefined): void {
    const cancelled = this.#cancellation(signal);
    if (cancelled !== undefined) throw cancelled;
  }

  /** Lets the signal and `close` cancel a call, until the returned function says that it is over. */
  track(call: { cancel(): void }, signal: AbortSignal | undefined): () => void {
    const cancel = () => call.cancel();
    this.#inProgress.add(cancel);
    signal?.addEventListener('abort', cancel);
    return () => {
      this.#inProgress.delete(cancel);
      signal?.removeEventListener('abort', cancel);
    };
  }

  /** A call that was cancelled from this side failed for the reason of this side. */
  explain(failure: PlatformError, signal: AbortSignal | undefined): PlatformError {
    return this.#cancellation(signal) ?? this.#disconnection(failure) ?? failure;
  }

  /** In words that help, where a call failed because there is no connection. */
  #disconnection(failure: PlatformError): PlatformError | undefined {
    if (this.#problem === undefined || failure.code !== 'unavailable') return undefined;
    if (this.#closed || this.#state === connectivityState.READY) return undefined;
    return new PlatformError('unavailable', this.#problem, {
      retry: failure.retry,
      cause: failure,
    });
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#inProgress) cancel();
    this.channel.close();
  }

  #cancellation(signal: AbortSignal | undefined): PlatformError | undefined {
    if (signal?.aborted) {
      if (signal.reason instanceof PlatformError) return signal.reason;
      const cause: unknown = signal.reason;
      return new PlatformError('cancelled', 'The call was cancelled by its caller.', { cause });
    }
    return this.#closed ? new PlatformError('cancelled', 'The client was closed.') : undefined;
  }
}
