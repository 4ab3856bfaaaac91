// WebSocket /ws/execution/{id}: status, output as it comes, and the result; input, signals and cancelling
// the other way (seed 003, section 3.4).
import {
  type Execution,
  type ExecutionResult,
  mayAccess,
  PlatformError,
  type Principal,
} from '@pilotlight/contracts';
import type { Authenticated } from '@pilotlight/rpc';
import { Type } from 'typebox';
import type { WebSocket } from 'ws';
import { InputQueue } from '../app/input-queue.ts';
import { OutputHub } from '../app/output-hub.ts';
import { Tickets } from '../app/tickets.ts';
import { watchExecution } from '../app/watch.ts';
import { MessageRate } from '../domain/message-rate.ts';
import { clientMessage } from './client-messages.ts';
import type { Gateway, Routes } from './gateway.ts';
import { admitLive } from './live-access.ts';
import { resultJson } from './result-json.ts';
import { closeWith, forgetAnswer, forgetRequest, sendError, sendPaced } from './web-sockets.ts';

const bounds = { maxBytesEach: 256 * 1024, maxBytes: 64 * 1024 * 1024 } as const;
const callTimeoutMs = 10_000;
/** As long as a program may take to read what it is sent. */
const inputTimeoutMs = 120_000;

const params = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }) });
const query = Type.Object({
  from: Type.Optional(
    Type.String({ pattern: '^\\d{1,15}$', description: 'First sequence number wanted.' }),
  ),
  ticket: Type.Optional(Type.String({ maxLength: 128, description: 'In place of a key.' })),
});

export const watchSocket: Routes = (app, gateway) => {
  const { bus, clock, logger, metrics } = gateway;
  const hub = new OutputHub({ bus, clock, log: logger, ...bounds });
  const tickets = new Tickets(bus, clock);
  const watchers = metrics.gauge('pilotlight_http_watchers', 'WebSockets that watch an execution');
  const kept = metrics.gauge(
    'pilotlight_http_watched_output_bytes',
    'Output that is kept for those who watch it',
  );
  metrics.onScrape(() => {
    watchers.set(hub.watchers);
    kept.set(hub.keptBytes);
  });
  app.addHook('preClose', async () => hub.close());
  app.get(
    '/ws/execution/:id',
    {
      // Who is not let in learns it by a close code, which pages can read.
      config: { access: 'open' },
      schema: { params, querystring: query },
      websocket: true,
      preHandler: forgetAnswer,
    },
    (socket, request) => {
      forgetRequest(socket);
      const { id } = request.params;
      const { from, ticket } = request.query;
      const admitted = admitLive({ gateway, tickets }, request, ticket);
      void attend({ socket, gateway, hub, admitted, id, from: Number(from ?? 0) });
    },
  );
};

interface Visit {
  readonly socket: WebSocket;
  readonly gateway: Gateway;
  readonly hub: OutputHub;
  readonly admitted: Promise<Authenticated>;
  readonly id: string;
  readonly from: number;
}

type Call = (timeoutMs: number) => { readonly principal: Principal; readonly timeoutMs: number };

/** Never rejects. */
async function attend(visit: Visit): Promise<void> {
  const { socket, gateway, hub, admitted, id, from } = visit;
  const gone = new AbortController();
  const { signal } = gone;
  let caller: Authenticated | undefined;
  const call: Call = (timeoutMs) => {
    if (caller === undefined) throw new PlatformError('unauthenticated', 'Not let in yet.');
    return { principal: caller.principal, signal, timeoutMs };
  };
  const revoke = () => refuse(socket, new PlatformError('unauthenticated', 'The key was revoked.'));
  socket.on('close', () => gone.abort());
  const input = listen(visit, call, signal);
  try {
    caller = await admitted;
    caller.revoked.addEventListener('abort', revoke);
    const { principal } = caller;
    const describe = async () => {
      const execution = await visibleTo(principal, visit, call);
      input.start();
      return execution;
    };
    const watched = { executionId: id, from, describe, signal };
    for await (const frame of watchExecution(hub, gateway.bus, watched)) {
      await sendPaced(socket, typeof frame === 'string' ? frame : completeFrame(frame));
    }
    closeWith(socket, 1000);
  } catch (thrown) {
    if (!signal.aborted) refuse(socket, PlatformError.from(thrown));
  } finally {
    caller?.revoked.removeEventListener('abort', revoke);
    gone.abort();
  }
}

/** Rejects `not_found` for somebody else's as well. */
async function visibleTo(
  principal: Principal,
  { gateway, id }: Visit,
  call: Call,
): Promise<Execution> {
  const { executions } = gateway.platform;
  const execution = await executions.getExecution({ executionId: id }, call(callTimeoutMs));
  if (mayAccess(principal, execution.result?.userId ?? execution.userId)) return execution;
  throw new PlatformError('not_found', `There is no execution "${id}".`);
}

/** Takes what the client says. Its input waits until the queue is started; cancelling waits for nothing. */
function listen({ socket, gateway, id }: Visit, call: Call, signal: AbortSignal): InputQueue {
  const { clock, platform } = gateway;
  const { executions } = platform;
  const input = new InputQueue({
    clock,
    send: (piece) => executions.sendInput({ executionId: id, input: piece }, call(inputTimeoutMs)),
    onRefused: (error) => sendError(socket, error),
    signal,
  });
  const cancel = async () => {
    try {
      await executions.cancelExecution({ executionId: id }, call(callTimeoutMs));
    } catch (thrown) {
      sendError(socket, PlatformError.from(thrown));
    }
  };
  let rate: MessageRate | undefined;
  socket.on('message', (data, isBinary) => {
    if (socket.readyState !== socket.OPEN) return;
    try {
      rate ??= new MessageRate();
      if (!rate.take(clock.monotonicMs())) {
        throw new PlatformError('invalid_argument', 'Too many messages.');
      }
      const message = clientMessage(data, isBinary);
      if (message.kind === 'cancel') void cancel();
      else if (!input.push(message.input)) {
        throw new PlatformError('invalid_argument', 'More input waits than the program reads.');
      }
    } catch (thrown) {
      refuse(socket, PlatformError.from(thrown));
    }
  });
  return input;
}

/** Each result is made JSON of once, whoever watches. */
const completeFrames = new WeakMap<ExecutionResult, string>();

function completeFrame(result: ExecutionResult): string {
  const known = completeFrames.get(result);
  if (known !== undefined) return known;
  const frame = JSON.stringify({ type: 'complete', result: resultJson(result) });
  completeFrames.set(result, frame);
  return frame;
}

function refuse(socket: WebSocket, error: PlatformError): void {
  if (socket.readyState !== socket.OPEN) return;
  sendError(socket, error);
  closeWith(socket, closeCodeOf(error), error.code === 'internal' ? '' : error.message);
}

function closeCodeOf({ code }: PlatformError): number {
  switch (code) {
    case 'unauthenticated':
      return 4001;
    case 'not_found':
    case 'permission_denied':
      return 4004;
    case 'invalid_argument':
      return 1008;
    case 'unavailable':
    case 'resource_exhausted':
    case 'deadline_exceeded':
      return 1013;
    default:
      return 1011;
  }
}
