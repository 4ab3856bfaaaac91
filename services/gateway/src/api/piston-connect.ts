// WebSocket /api/v2/connect: a program whose input and output are the client's.
import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import { type ExecutionInput, PlatformError } from '@pilotlight/contracts';
import type { Cancel } from '@pilotlight/lifecycle';
import type { FastifyRequest } from 'fastify';
import type { RawData, WebSocket } from 'ws';
import { InputQueue } from '../app/input-queue.ts';
import { Tickets } from '../app/tickets.ts';
import { MessageRate } from '../domain/message-rate.ts';
import type { FastifyInstance } from './fastify.ts';
import type { Gateway } from './gateway.ts';
import { admitLive } from './live-access.ts';
import { wantedJob } from './piston-runtimes.ts';
import { PistonStages } from './piston-stages.ts';
import { closeWith, sendPaced } from './web-sockets.ts';

const initWithinMs = 1_000;
const inputTimeoutMs = 120_000;

/** Piston's own. */
const closings = {
  alreadyInitialized: [4000, 'Already Initialized'],
  initializationTimeout: [4001, 'Initialization Timeout'],
  notifiedError: [4002, 'Notified Error'],
  notYetInitialized: [4003, 'Not yet initialized'],
  onlyStdin: [4004, 'Can only write to stdin'],
  invalidSignal: [4005, 'Invalid signal'],
  completed: [4999, 'Job Completed'],
} as const;

interface Message {
  readonly type?: unknown;
  readonly stream?: unknown;
  readonly data?: unknown;
  readonly signal?: unknown;
}

export function connectPiston(app: FastifyInstance, gateway: Gateway): void {
  const tickets = new Tickets(gateway.bus, gateway.clock);
  app.get(
    '/connect',
    { config: { access: 'open' }, schema: { hide: true }, websocket: true },
    (socket, request) => {
      const { ticket } = request.query as { readonly ticket?: string };
      const connection = new PistonConnection(socket, request, gateway);
      connection.open(admitLive({ gateway, tickets }, request, ticket));
    },
  );
}

class PistonConnection {
  readonly #socket: WebSocket;
  readonly #request: FastifyRequest;
  readonly #gateway: Gateway;
  readonly #executionId = randomUUID();
  readonly #gone = new AbortController();
  readonly #rate = new MessageRate();
  readonly #input: InputQueue;
  #admitted: Promise<void> = Promise.resolve();
  #isInitialized = false;
  #isSubmitted = false;
  #cancelTimeout: Cancel | undefined;

  constructor(socket: WebSocket, request: FastifyRequest, gateway: Gateway) {
    this.#socket = socket;
    this.#request = request;
    this.#gateway = gateway;
    const { executions } = gateway.platform;
    this.#input = new InputQueue({
      clock: gateway.clock,
      send: (input) =>
        executions.sendInput({ executionId: this.#executionId, input }, this.#call(inputTimeoutMs)),
      // What the program does not read any more is nobody's error.
      onRefused: () => {},
      signal: this.#gone.signal,
    });
  }

  open(admitted: ReturnType<typeof admitLive>): void {
    const socket = this.#socket;
    this.#admitted = admitted.then(({ principal, revoked }) => {
      this.#request.principal = principal;
      const revoke = () => this.#fail(revoked.reason);
      revoked.addEventListener('abort', revoke);
      socket.on('close', () => revoked.removeEventListener('abort', revoke));
    });
    this.#admitted.catch((thrown: unknown) => this.#fail(thrown));
    this.#cancelTimeout = this.#gateway.clock.after(initWithinMs, () => {
      if (!this.#isInitialized) this.#close('initializationTimeout');
    });
    socket.on('message', (data) => this.#take(data));
    socket.on('close', () => this.#leave());
  }

  #take(data: RawData): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    try {
      if (!this.#rate.take(this.#gateway.clock.monotonicMs())) throw new Error('Too many messages');
      this.#handle(JSON.parse(String(data)) as Message);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #handle(message: Message): void {
    const { type, stream, signal } = message;
    if (type === 'init') {
      if (this.#isInitialized) this.#close('alreadyInitialized');
      else void this.#run(message);
    } else if (type === 'data') {
      if (!this.#isInitialized) this.#close('notYetInitialized');
      else if (stream !== 'stdin') this.#close('onlyStdin');
      else this.#push({ $case: 'data', data: Buffer.from(String(message.data)) });
    } else if (type === 'signal') {
      if (!this.#isInitialized) this.#close('notYetInitialized');
      else if (typeof signal !== 'string' || !Object.hasOwn(constants.signals, signal)) {
        this.#close('invalidSignal');
      } else this.#push({ $case: 'signal', signal });
    }
  }

  #push(input: NonNullable<ExecutionInput['input']>): void {
    if (!this.#input.push(input)) throw new Error('More input waits than the program reads');
  }

  /** Never rejects. */
  async #run(body: Message): Promise<void> {
    this.#isInitialized = true;
    this.#cancelTimeout?.();
    const { platform, rates } = this.#gateway;
    try {
      await this.#admitted;
      const { allowed, limit } = await rates.count(this.#request.principal, 'request');
      if (!allowed) throw new Error(`This key may make ${limit} such calls in a minute.`);
      const { runtime, submit } = await wantedJob(this.#gateway, this.#request, body);
      const { language, version, template } = runtime;
      await this.#send({ type: 'runtime', language, version });
      const wanted = { ...submit, executionId: this.#executionId, interactive: true };
      this.#isSubmitted = true;
      const stages = new PistonStages(template.compile !== undefined, (said) => this.#send(said));
      for await (const { event } of platform.executions.execute(wanted, this.#call())) {
        if (event?.$case === 'status' && event.status === 'running') this.#input.start();
        if (await stages.take(event)) {
          this.#isSubmitted = false;
          this.#close('completed');
          return;
        }
      }
      throw new PlatformError('unavailable', 'The platform went away.');
    } catch (thrown) {
      if (!this.#gone.signal.aborted) this.#fail(thrown);
    }
  }

  #call(timeoutMs?: number) {
    const { principal } = this.#request;
    return { principal, signal: this.#gone.signal, ...(timeoutMs !== undefined && { timeoutMs }) };
  }

  #send(message: object): Promise<void> {
    return sendPaced(this.#socket, JSON.stringify(message));
  }

  /** Close reasons are short, so errors come as a message first. */
  #fail(thrown: unknown): void {
    const error = thrown instanceof PlatformError ? PlatformError.from(thrown) : undefined;
    const message =
      error?.code === 'internal' || !(thrown instanceof Error) ? 'Internal error' : thrown.message;
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(JSON.stringify({ type: 'error', message }));
    this.#close('notifiedError');
  }

  #close(why: keyof typeof closings): void {
    const [code, reason] = closings[why];
    closeWith(this.#socket, code, reason);
  }

  /** A program whose client has gone is ended: nobody can give it input or read what it says. */
  #leave(): void {
    this.#cancelTimeout?.();
    this.#gone.abort();
    if (!this.#isSubmitted) return;
    const { principal } = this.#request;
    this.#gateway.platform.executions
      .cancelExecution({ executionId: this.#executionId }, { principal, timeoutMs: 10_000 })
      .catch((thrown: unknown) => {
        this.#gateway.logger.warn({ err: PlatformError.from(thrown) }, 'piston: cancelling failed');
      });
  }
}
