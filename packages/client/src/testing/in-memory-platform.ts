// Pilotlight's public services in a few lines of memory behind a real gRPC server, for tests of
// programs that talk to it.
import {
  type AcquireSandboxRequest,
  type ExecutionEvent,
  ExecutionResult,
  ExecutionServiceDefinition,
  KeyServiceDefinition,
  PlatformError,
  Pool,
  PoolServiceDefinition,
  PrefetchOrder,
  SandboxServiceDefinition,
  StatsServiceDefinition,
  type SubmitRequest,
} from '@pilotlight/contracts';
import { bind, type Implementation, serveRpc } from '@pilotlight/rpc';
import { InMemoryEcho } from './in-memory-echo.ts';
import { keyService } from './in-memory-keys.ts';
import { type InMemorySandbox, sandboxService } from './in-memory-sandboxes.ts';
import { statsService } from './in-memory-stats.ts';

/** What a run does: its updates before the result, and what the result says. */
export interface ScriptedRun {
  readonly events?: readonly NonNullable<ExecutionEvent['event']>[];
  readonly result: Partial<ExecutionResult>;
}

export interface InMemoryPlatform {
  /** host:port of all five services. */
  readonly address: string;
  /** Every submission so far. */
  readonly submitted: readonly SubmitRequest[];
  /** Every acquire so far. */
  readonly acquired: readonly AcquireSandboxRequest[];
  /** Sandboxes that were not released, by id, with their files. */
  readonly leased: ReadonlyMap<string, InMemorySandbox>;
  close(): Promise<void>;
}

/**
 * `script` decides what each submission does, seeing its code and input decoded; by default it
 * completes and says nothing. An interactive one says back what it is sent.
 */
export async function startInMemoryPlatform(
  script: (request: SubmitRequest) => ScriptedRun = () => ({ result: { status: 'completed' } }),
): Promise<InMemoryPlatform> {
  const leased = new Map<string, InMemorySandbox>();
  const acquired: AcquireSandboxRequest[] = [];
  const submitted: SubmitRequest[] = [];
  const server = await serveRpc({
    address: '127.0.0.1:0',
    services: [
      bind(SandboxServiceDefinition, sandboxService({ leased, acquired })),
      bind(ExecutionServiceDefinition, executions(submitted, script)),
      bind(PoolServiceDefinition, poolService()),
      bind(StatsServiceDefinition, statsService()),
      bind(KeyServiceDefinition, keyService()),
    ],
  });
  const { address } = server;
  return { address, submitted, acquired, leased, close: () => server.close(0) };
}

function executions(
  submitted: SubmitRequest[],
  script: (request: SubmitRequest) => ScriptedRun,
): Implementation<ExecutionServiceDefinition> {
  const find = (id: string) => {
    const request = submitted.find(({ executionId }) => executionId === id);
    if (request !== undefined) return decoded(request);
    throw new PlatformError('not_found', `There is no execution ${id}.`);
  };
  const accept = (request: SubmitRequest) => {
    submitted.push({ ...request, executionId: request.executionId || `run-${submitted.length}` });
    return submitted.at(-1)?.executionId ?? '';
  };
  const resultOf = (id: string) =>
    ExecutionResult.create({ executionId: id, ...script(find(id)).result });
  const ended = async ({ executionId }: { executionId: string }) => {
    const result = resultOf(executionId);
    const { language, userId } = find(executionId);
    return { executionId, status: result.status, result, language, userId, estimatedWaitMs: 0 };
  };
  const talking = new Map<string, InMemoryEcho>();
  async function* events(id: string): AsyncGenerator<ExecutionEvent> {
    const { interactive, stdin } = find(id);
    if (interactive) {
      const program = new InMemoryEcho();
      talking.set(id, program);
      yield* program.events(id, stdin);
      talking.delete(id);
      return;
    }
    for (const event of script(find(id)).events ?? []) yield { event };
    yield { event: { $case: 'result', result: resultOf(id) } };
  }
  return {
    submit: async (request) => ({
      executionId: accept(request),
      status: 'queued',
      duplicate: false,
      estimatedWaitMs: 0,
    }),
    execute: (request) => events(accept(request)),
    getExecution: ended,
    cancelExecution: ended,
    watchOutput: ({ executionId }) => events(executionId),
    sendInput: async ({ executionId, input }) => {
      find(executionId);
      const program = talking.get(executionId);
      if (program === undefined) throw new PlatformError('failed_precondition', 'It has ended.');
      program.send(input);
      return {};
    },
  };
}

function decoded(request: SubmitRequest): SubmitRequest {
  if (request.encoding !== 'base64') return request;
  const text = (content: string) => Buffer.from(content, 'base64').toString('utf8');
  return { ...request, code: text(request.code), stdin: text(request.stdin) };
}

/** One pool, which remembers its bounds. */
function poolService(): Implementation<PoolServiceDefinition> {
  let bounds = { minSize: 1, maxSize: 8 };
  const pool = () =>
    Pool.fromPartial({
      ...{ template: 'python', language: 'python', targetSize: 2, available: 2 },
      policy: bounds,
    });
  return {
    listPools: async () => ({ pools: [pool()] }),
    setPolicy: async ({ minSize = bounds.minSize, maxSize = bounds.maxSize }) => {
      bounds = { minSize, maxSize };
      return pool();
    },
    predictDemand: async ({ template }) => ({
      template,
      predictedDemand: 12,
      confidence: 0.5,
      samples: 3,
    }),
    onAction: async ({ action }) => ({
      orders: [PrefetchOrder.create({ resource: action, priority: 'high', outcome: 'ordered' })],
    }),
  };
}
