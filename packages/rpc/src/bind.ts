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
import { type Reception, receive } from './server-call.ts';

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

/** What answers the calls of one method. */
interface Answering {
  /** The method's name. */
  readonly operation: string;
  readonly handler: Handler;
  readonly reception: Reception;
}

function handle(
  { name, requestStream, responseStream }: MethodDefinition,
  handler: Handler,
  reception: Reception,
): UntypedHandleCall {
  const answering = { operation: name, handler, reception };
  if (requestStream) return responseStream ? bidirectional(answering) : clientStream(answering);
  return responseStream ? serverStream(answering) : unary(answering);
}

function unary({ operation, handler, reception }: Answering): handleUnaryCall<Message, Message> {
  return async (call, answer) => {
    const { admit, context, fail, finish } = receive(reception, operation, call);
    try {
      admit();
      answer(null, await handler(call.request as never, context));
    } catch (thrown) {
      answer(fail(thrown));
    } finally {
      finish();
    }
  };
}

/** An answer before the end of the requests ends the call: what still comes is not read. */
function clientStream({
  operation,
  handler,
  reception,
}: Answering): handleClientStreamingCall<Message, Message> {
  return async (call, answer) => {
    const { admit, context, fail, finish } = receive(reception, operation, call);
    try {
      admit();
      answer(null, await handler(requestsOf(call, context) as never, context));
    } catch (thrown) {
      answer(fail(thrown));
    } finally {
      finish();
    }
  };
}

function serverStream(answering: Answering): handleServerStreamingCall<Message, Message> {
  return (call) =>
    respond(call, answering, (context) => answering.handler(call.request as never, context));
}

function bidirectional(answering: Answering): handleBidiStreamingCall<Message, Message> {
  return (call) =>
    respond(call, answering, (context) =>
      answering.handler(requestsOf(call, context) as never, context),
    );
}

async function respond(
  call: ServerWritableStream<Message, Message> | ServerDuplexStream<Message, Message>,
  { operation, reception }: Answering,
  start: (context: CallContext) => unknown,
): Promise<void> {
  const { admit, context, fail, finish, isGone } = receive(reception, operation, call);
  const { signal } = context;
  // Ends both halves, whatever the handler waits for. After a cancellation nobody is left to tell.
  const end = () => {
    if (!isGone()) call.emit('error', fail(signal.reason));
  };
  signal.addEventListener('abort', end);
  try {
    admit();
    await pump(start(context) as AsyncIterable<Message>, call, signal);
    call.end();
  } catch (thrown) {
    const status = fail(thrown);
    // Ends the stream with the status, where that has not happened.
    if (!signal.aborted) call.emit('error', status);
  } finally {
    signal.removeEventListener('abort', end);
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
