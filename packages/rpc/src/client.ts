// The calling end of a connection.
import type { CallOptions } from './call.ts';
import {
  type Caller,
  callBidirectional,
  callClientStream,
  callServerStream,
  callUnary,
} from './client-call.ts';
import { grpcMethod } from './codec.ts';
import { Connection } from './connection.ts';
import type { Client, ServiceDefinition } from './definition.ts';
import type { ClientTls } from './tls.ts';

export interface RpcClientOptions {
  /** `host:port`. */
  readonly address: string;
  /** An API key, or a service's or node's token. Sent with every call as a bearer token. */
  readonly token?: string | undefined;
  /** Undefined: without TLS, so that whoever is between can read along. */
  readonly tls?: ClientTls | undefined;
}

export interface RpcClient<Definition extends ServiceDefinition> {
  readonly client: Client<Definition>;
  /** Cancels the calls in progress and disconnects; later calls are `cancelled`. Idempotent. */
  close(): void;
}

interface ErasedClient {
  readonly client: Readonly<Record<string, (request: never, options?: CallOptions) => unknown>>;
  close(): void;
}

/**
 * Makes a client. It connects at the first call and again whenever the connection was lost; a
 * call made while there is no server rejects with `unavailable` at once, as it does where the two ends
 * do not trust each other. Nothing is retried. Throws `failed_precondition` for TLS files that cannot be
 * used.
 */
export function connectRpc<Definition extends ServiceDefinition>(
  definition: Definition,
  options: RpcClientOptions,
): RpcClient<Definition>;
export function connectRpc(definition: ServiceDefinition, options: RpcClientOptions): ErasedClient {
  const connection = new Connection(options.address, options.tls);
  const methods = Object.entries(definition.methods).map(([name, method]) => {
    const caller: Caller = {
      connection,
      method: grpcMethod(definition, method),
      complete: (request) => method.requestType.fromPartial(request as never),
      token: options.token,
    };
    if (method.requestStream) {
      return [
        name,
        method.responseStream ? callBidirectional(caller) : callClientStream(caller),
      ] as const;
    }
    return [name, method.responseStream ? callServerStream(caller) : callUnary(caller)] as const;
  });
  return { client: Object.fromEntries(methods), close: () => connection.close() };
}
