// A definition and its implementation as a service that the gRPC library can serve.
import type {
  handleBidiStreamingCall,
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServerReadableStream,
  ServerWritableStream,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { CallContext } from './call.ts';
import { grpcMethod, type Message } from './codec.ts';
import type { Implementation, MethodDefinition, ServiceDefinition } from './definition.ts';
import { incoming, pump } from './messages.ts';
import { admit, failureStatus, type Reception, receive } from './server-call.ts';

/** A service ready to be served, made by `bind`. */
export interface BoundService {
  readonly definition: ServiceDefinition;
  /** In the library's terms, for one server. */
  implementationFor(reception: Reception): UntypedServiceImplementation;
}

type Handler = (request: never, context: CallContext) => unknown;

/** Puts an implementation behind a definition; `serveRpc` takes the result. */
export function bind<Definition extends ServiceDefinition>(
  definition: Definition,
  implementation: Implementation<Definition>,
): BoundService;
export function bind(
  definition: ServiceDefinition,
  implementation: Readonly<Record<string, Handler>>,
): BoundService {
  return {
    definition,
    implementationFor: (reception) =>
      Object.fromEntries(
        Object.entries(definition.methods).map(([name, method]) => {
          const handler = implementation[name];
          if (handler === undefined) throw new Error(`${definition.fullName} lacks ${name}`);
          return [name, handle(method, handler.bind(implementation), reception)];
        }),
      ),
  };
}

/** The service definition in the library's terms. */
export function grpcDefinition(definition: ServiceDefinition) {
  return Object.fromEntries(
    Object.entries(definition.methods).map(([name, method]) => [
      name,
      grpcMethod(definition, method),
    ]),
  );
}

function handle(
  method: MethodDefinition,
  handler: Handler,
  reception: Reception,
): UntypedHandleCall {
  if (method.requestStream) {
    return method.responseStream
      ? bidirectional(handler, reception)
      : clientStream(handler, reception);
  }
  return method.responseStream ? serverStream(handler, reception) : unary(handler, reception);
}

function unary(handler: Handler, reception: Reception): handleUnaryCall<Message, Message> {
  return async (call, answer) => {
    const { context, finish } = receive(call);
    try {
      admit(reception, call);
      answer(null, await handler(call.request as never, context));
    } catch (thrown) {
      answer(failureStatus(reception, call, thrown));
    } finally {
      finish();
    }
  };
}

/** An answer before the end of the requests ends the call: what still comes is not read. */
function clientStream(
  handler: Handler,
  reception: Reception,
): handleClientStreamingCall<Message, Message> {
  return async (call, answer) => {
    const { context, finish } = receive(call);
    try {
      admit(reception, call);
      answer(null, await handler(requestsOf(call, context) as never, context));
    } catch (thrown) {
      answer(failureStatus(reception, call, thrown));
    } finally {
      finish();
    }
  };
}

function serverStream(
  handler: Handler,
  reception: Reception,
): handleServerStreamingCall<Message, Message> {
  return (call) => respond(call, reception, (context) => handler(call.request as never, context));
}

function bidirectional(
  handler: Handler,
  reception: Reception,
): handleBidiStreamingCall<Message, Message> {
  return (call) =>
    respond(call, reception, (context) => handler(requestsOf(call, context) as never, context));
}

async function respond(
  call: ServerWritableStream<Message, Message> | ServerDuplexStream<Message, Message>,
  reception: Reception,
  start: (context: CallContext) => unknown,
): Promise<void> {
  const { context, finish } = receive(call);
  try {
    admit(reception, call);
    await pump(start(context) as AsyncIterable<Message>, call, context.signal);
    call.end();
  } catch (thrown) {
    const status = failureStatus(reception, call, thrown);
    // Ends the stream with the status; after a cancellation nobody is left to tell.
    if (!context.signal.aborted) call.emit('error', status);
  } finally {
    finish();
  }
}

/** A cancelled call tears its stream; the handler is told why instead. */
async function* requestsOf(
  call: ServerDuplexStream<Message, Message> | ServerReadableStream<Message, Message>,
  context: CallContext,
): AsyncGenerator<Message> {
  try {
    yield* incoming<Message>(call);
  } catch (thrown) {
    throw context.signal.aborted ? context.signal.reason : thrown;
  }
}
