// pilotlight forward: a port of a leased sandbox as a port of this machine.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { SandboxHandle } from '@pilotlight/client';
import { PlatformError } from '@pilotlight/contracts';
import type { Command } from 'commander';
import { type LeasedOptions, tokenOption, withLease } from '../leased.ts';
import { wholeNumber } from '../numbers.ts';
import { note, printJson, printLine } from '../session.ts';

interface ForwardOptions extends LeasedOptions {
  readonly local?: number;
}

const help = `
Examples:
  pilotlight forward sb_node_k3_1 3000
  pilotlight forward sb_node_k3_1 8080 --local 8080

Listens on 127.0.0.1 until Ctrl-C, or until the lease ends. Idle connections keep the lease alive, an
idle forward does not.`;

const portNumber = wholeNumber(1, 65_535);

export function addForward(program: Command): void {
  program
    .command('forward')
    .description('Reach a port inside a leased sandbox from this machine')
    .argument('<sandbox>', 'its id')
    .argument('<port>', 'that a program listens on inside', portNumber)
    .option('-l, --local <port>', 'on this machine; default any that is free', portNumber)
    .option(...tokenOption)
    .option('--json', 'print where it listens as one JSON object')
    .addHelpText('after', help)
    .action(async (sandboxId: string, port: number, _, command: Command) => {
      const options: ForwardOptions = command.optsWithGlobals();
      await withLease(options, sandboxId, (sandbox) => forward(sandbox, port, options));
    });
}

async function forward(
  sandbox: SandboxHandle,
  port: number,
  { local = 0, json = false }: ForwardOptions,
): Promise<void> {
  // A lease that is no more is told now, rather than to a browser.
  await sandbox.describe();
  const ended = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    connectBoth(sandbox, port, socket).catch((thrown: unknown) => {
      const error = PlatformError.from(thrown);
      if (isLeaseOver(error)) ended.reject(error);
      else note(error.message);
    });
  });
  await listen(server, local);
  const { port: localPort } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${localPort}`;
  if (json) printJson({ url, local_port: localPort, port, sandbox_id: sandbox.id });
  else printLine(`${url} is port ${port} of ${sandbox.id}. Ctrl-C ends it.`);
  const stop = () => ended.resolve();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    await ended.promise;
  } finally {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
}

async function listen(server: Server, port: number): Promise<void> {
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch (cause) {
    const { message } = cause as Error;
    const problem = `Port ${port} of this machine cannot be used: ${message}. Give another --local.`;
    throw new PlatformError('failed_precondition', problem, { cause });
  }
}

/** A browser is told by a closed connection; a person, who may not see that, by the rejection. */
async function connectBoth(sandbox: SandboxHandle, port: number, socket: Socket): Promise<void> {
  const gone = new AbortController();
  socket.on('error', () => undefined).on('close', () => gone.abort());
  try {
    const connection = await sandbox.connectPort(port, { signal: gone.signal });
    await Promise.all([pipeline(socket, connection), pipeline(connection, socket)]);
  } catch (thrown) {
    // Either end may leave when it likes.
    if (!gone.signal.aborted && thrown instanceof PlatformError) throw thrown;
  } finally {
    socket.destroy();
  }
}

function isLeaseOver({ code }: PlatformError): boolean {
  return code === 'permission_denied' || code === 'not_found';
}
