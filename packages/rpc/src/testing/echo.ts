// A service of every shape for tests, and a server and client of it on the loopback device.
import { SandboxServiceDefinition } from '@pilotlight/contracts';
import {
  bind,
  type CallContext,
  connectRpc,
  type Implementation,
  type RpcServerOptions,
  serveRpc,
} from '../index.ts';

const { keepAlive, exec, writeFiles } = SandboxServiceDefinition.methods;
const watchSandboxes = { ...keepAlive, name: 'WatchSandboxes', responseStream: true } as const;

/** Unary `keepAlive`, server stream `watchSandboxes`, client stream `writeFiles`, bidirectional `exec`. */
export const EchoDefinition = {
  fullName: 'pilotlight.v1.SandboxService',
  methods: { keepAlive, watchSandboxes, writeFiles, exec },
} as const;

export type Echo = Implementation<typeof EchoDefinition>;

const unused = (): never => {
  throw new Error('not part of this test');
};

/** A server with only the given handlers, and a client of it; both end with the block. */
export async function serveEcho(
  handlers: Partial<Echo>,
  options: Partial<RpcServerOptions> & { readonly clientToken?: string } = {},
) {
  const service = bind(EchoDefinition, {
    keepAlive: unused,
    watchSandboxes: unused,
    writeFiles: unused,
    exec: unused,
    ...handlers,
  });
  const server = await serveRpc({ address: '127.0.0.1:0', services: [service], ...options });
  const token = options.clientToken ?? options.token;
  const connection = connectRpc(EchoDefinition, {
    address: server.address,
    ...(token !== undefined && { token }),
  });
  return {
    server,
    client: connection.client,
    close: () => connection.close(),
    async [Symbol.asyncDispose]() {
      connection.close();
      await server.close(0);
    },
  };
}

/** Resolves with the reason for which a call's signal aborted. */
export function endOf(context: CallContext): Promise<unknown> {
  return new Promise((resolve) => {
    context.signal.addEventListener('abort', () => resolve(context.signal.reason), { once: true });
  });
}

/** What a promise rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (thrown) {
    return thrown;
  }
  throw new Error('it did not fail');
}

/** Reads a stream to its end. */
export async function readAll<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of stream) all.push(item);
  return all;
}
