// One call from the calling end, in its four shapes.
import {
  type ClientReadableStream,
  type CallOptions as GrpcCallOptions,
  Metadata,
  type MethodDefinition,
  type ServiceError,
} from '@grpc/grpc-js';
import type { PlatformError } from '@pilotlight/contracts';
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
  return async (request: Message, options: CallOptions = {}): Promise<Message> => {
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
  return async function* (request: Message, options: CallOptions = {}): AsyncGenerator<Message> {
    connection.check(options.signal);
    const call = connection.channel.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      complete(request),
      callMetadata({ ...options, token }),
      grpcOptions(options),
    );
    yield* responses(connection, call, options.signal);
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
