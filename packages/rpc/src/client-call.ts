// One call from the calling end, in its four shapes.
import { setTimeout as pause } from 'node:timers/promises';
import {
  type ClientReadableStream,
  type CallOptions as GrpcCallOptions,
  Metadata,
  type MethodDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import { PlatformError } from '@pilotlight/contracts';
import type { CallOptions } from './call.ts';
import type { Message } from './codec.ts';
import type { Connection } from './connection.ts';
import { incoming, pump } from './messages.ts';
import { callMetadata } from './metadata.ts';
import { errorFromStatus } from './status.ts';

/** One method of one connection. */
export interface Caller {
  readonly connection: Connection;
  readonly method: MethodDefinition<Message, Message>;
  /** Fills in the fields that were left out. */
  complete(request: Message): Message;
  readonly token: string | undefined;
}

export function callUnary({ connection, method, complete, token }: Caller) {
  const once = (request: Message, options: CallOptions): Promise<Message> => {
    const { signal } = options;
    connection.check(signal);
    const answered = Promise.withResolvers<Message>();
    const call = connection.channel.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      complete(request),
      callMetadata({ ...options, token }),
      grpcOptions(options),
      (failure, response) => {
        if (failure === null) answered.resolve(response);
        else answered.reject(connection.explain(errorOf(failure), signal));
        finish();
      },
    );
    const finish = connection.track(call, signal);
    return answered.promise;
  };
  return async (request: Message, options: CallOptions = {}): Promise<Message> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(request, options);
      } catch (thrown) {
        await beforeNextAttempt(attempt, thrown);
      }
    }
  };
}

/** The answer may come before the end of the requests, which are then not read on. */
export function callClientStream({ connection, method, complete, token }: Caller) {
  return async (requests: AsyncIterable<Message>, options: CallOptions = {}): Promise<Message> => {
    const { signal } = options;
    connection.check(signal);
    const over = new AbortController();
    const answered = Promise.withResolvers<Message>();
    const call = connection.channel.makeClientStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      callMetadata({ ...options, token }),
      grpcOptions(options),
      (failure, response) => {
        if (failure === null) answered.resolve(response);
        else answered.reject(connection.explain(errorOf(failure), signal));
        over.abort();
      },
    );
    const finish = connection.track(call, signal);
    pump(completed(requests, complete), call, over.signal)
      .then(() => void call.end())
      .catch((thrown: unknown) => {
        // Once the call is over nobody waits for its requests any more.
        if (over.signal.aborted) return;
        answered.reject(thrown);
        call.cancel();
      });
    return answered.promise.finally(finish);
  };
}

export function callServerStream({ connection, method, complete, token }: Caller) {
  const once = (request: Message, options: CallOptions): AsyncGenerator<Message> => {
    connection.check(options.signal);
    const call = connection.channel.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      complete(request),
      callMetadata({ ...options, token }),
      grpcOptions(options),
    );
    return responses(connection, call, options.signal);
  };
  return async function* (request: Message, options: CallOptions = {}): AsyncGenerator<Message> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return yield* once(request, options);
      } catch (thrown) {
        await beforeNextAttempt(attempt, thrown);
      }
    }
  };
}

export function callBidirectional({ connection, method, complete, token }: Caller) {
  return async function* (
    requests: AsyncIterable<Message>,
    options: CallOptions = {},
  ): AsyncGenerator<Message> {
    connection.check(options.signal);
    const call = connection.channel.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      callMetadata({ ...options, token }),
      grpcOptions(options),
    );
    const over = new AbortController();
    let broken: { readonly thrown: unknown } | undefined;
    pump(completed(requests, complete), call, over.signal)
      .then(() => call.end())
      .catch((thrown: unknown) => {
        // Once the call is over nobody waits for its requests any more.
        if (over.signal.aborted) return;
        broken = { thrown };
        call.cancel();
      });
    try {
      yield* responses(connection, call, options.signal);
    } catch (thrown) {
      throw broken === undefined ? thrown : broken.thrown;
    } finally {
      over.abort();
    }
  };
}

/** A connection that is just going away takes this long to be replaced by another one. */
const refusalPauseMs = 50;
const maxAttempts = 4;

/**
 * Resolves where the server never saw the call, which is then made again: its connection was going away
 * (RFC 9113, REFUSED_STREAM; no message can have come). The library itself tries only one more time, at once.
 * Throws what was thrown otherwise.
 */
async function beforeNextAttempt(attempt: number, thrown: unknown): Promise<void> {
  const isRefused =
    thrown instanceof PlatformError &&
    thrown.code === 'unavailable' &&
    thrown.message === 'Stream refused by server';
  if (!isRefused || attempt === maxAttempts) throw thrown;
  await pause(attempt * refusalPauseMs);
}

function completed(
  requests: AsyncIterable<Message>,
  complete: (request: Message) => Message,
): AsyncIterable<Message> {
  return {
    [Symbol.asyncIterator]() {
      const source: AsyncIterator<Message> = requests[Symbol.asyncIterator]();
      return {
        async next() {
          const next = await source.next();
          return next.done === true ? next : { done: false, value: complete(next.value) };
        },
        return: async () => (await source.return?.()) ?? { done: true, value: undefined },
      };
    },
  };
}

async function* responses(
  connection: Connection,
  call: ClientReadableStream<Message>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Message> {
  const finish = connection.track(call, signal);
  // The status of a cancelled call arrives as an error after its reader has gone.
  call.on('error', () => {});
  try {
    yield* incoming<Message>(call);
  } catch (thrown) {
    throw isServiceError(thrown) ? connection.explain(errorOf(thrown), signal) : thrown;
  } finally {
    finish();
    call.cancel();
  }
}

function grpcOptions({ timeoutMs, deadline }: CallOptions): GrpcCallOptions {
  const limits = [
    ...(timeoutMs === undefined ? [] : [Date.now() + timeoutMs]),
    ...(deadline === undefined ? [] : [deadline.getTime()]),
  ];
  return limits.length === 0 ? {} : { deadline: Math.min(...limits) };
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && 'code' in thrown && 'details' in thrown;
}

function errorOf({ code, details, metadata = new Metadata() }: ServiceError): PlatformError {
  return errorFromStatus({ code, details, metadata });
}
