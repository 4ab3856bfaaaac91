// Pilotlight's public services in a few lines of memory behind a real gRPC server, for tests of
// programs that talk to it.
import {
  type ExecRequest,
  type ExecResponse,
  type ExecutionEvent,
  ExecutionResult,
  ExecutionServiceDefinition,
  Lease,
  type LeaseRef,
  PlatformError,
  Pool,
  PoolServiceDefinition,
  Sandbox,
  SandboxServiceDefinition,
  type SubmitRequest,
} from '@pilotlight/contracts';
import { bind, type Implementation, serveRpc } from '@pilotlight/rpc';

/** What a run does: its updates before the result, and what the result says. */
export interface ScriptedRun {
  readonly events?: readonly NonNullable<ExecutionEvent['event']>[];
  readonly result: Partial<ExecutionResult>;
}

export interface InMemoryPlatform {
  /** host:port of all three services. */
  readonly address: string;
  /** Every submission so far. */
  readonly submitted: readonly SubmitRequest[];
  /** Leases that were not released. */
  readonly leased: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/**
 * `script` decides what each submission does, seeing its code and input decoded; by default it
 * completes and says nothing.
 */
export async function startInMemoryPlatform(
  script: (request: SubmitRequest) => ScriptedRun = () => ({ result: { status: 'completed' } }),
): Promise<InMemoryPlatform> {
  const leased = new Map<string, string>();
  const submitted: SubmitRequest[] = [];
  const server = await serveRpc({
    address: '127.0.0.1:0',
    services: [
      bind(SandboxServiceDefinition, sandboxes(leased)),
      bind(ExecutionServiceDefinition, executions(submitted, script)),
      bind(PoolServiceDefinition, pools),
    ],
  });
  const { address } = server;
  return { address, submitted, leased, close: () => server.close(0) };
}

function sandboxes(leased: Map<string, string>): Implementation<SandboxServiceDefinition> {
  let serial = 0;
  const checked = ({ sandboxId, token }: LeaseRef) => {
    if (leased.get(sandboxId) === token) return sandboxId;
    throw new PlatformError('permission_denied', 'This lease is not valid.');
  };
  const inState = (state: string) => async (ref: LeaseRef) =>
    Sandbox.create({ sandboxId: checked(ref), state });
  return {
    async acquireSandbox({ template }) {
      if (template === 'unknown') {
        throw new PlatformError('invalid_argument', 'template: must be one of python');
      }
      serial += 1;
      const lease = { sandboxId: `sb_local_test_${serial}`, token: `token-${serial}`, template };
      leased.set(lease.sandboxId, lease.token);
      return Lease.create({ ...lease, fromWarmPool: true, acquisitionMs: 1.5 });
    },
    getSandbox: inState('leased'),
    keepAlive: inState('leased'),
    pauseSandbox: inState('paused'),
    resumeSandbox: inState('leased'),
    listSandboxes: async ({ template }) => ({
      sandboxes: [...leased.keys()].map((sandboxId) =>
        Sandbox.create({ sandboxId, template: template || 'python', state: 'leased' }),
      ),
    }),
    async releaseSandbox({ sandboxId }) {
      leased.delete(sandboxId);
      return {};
    },
    exec: (requests) => command(requests, checked),
  };
}

/** Knows `echo`, `env`, `cat`, `fail` and `hang`. */
async function* command(
  requests: AsyncIterable<ExecRequest>,
  check: (ref: LeaseRef) => string,
): AsyncGenerator<ExecResponse> {
  let name: string | undefined;
  for await (const { message } of requests) {
    if (message?.$case === 'stdin' && name === 'cat') {
      yield { message: { $case: 'stdout', stdout: message.stdin } };
    }
    if (message?.$case !== 'start') continue;
    const { lease, argv, env } = message.start;
    check(lease ?? { sandboxId: '', token: '' });
    name = argv[0];
    if (name === 'echo') yield line(argv.slice(1).join(' '));
    if (name === 'env') yield line(JSON.stringify(env));
  }
  const exit = { exitCode: name === 'fail' ? 3 : 0, signal: '', timedOut: false };
  if (name === 'hang')
    yield { message: { $case: 'exit', exit: { ...exit, exitCode: -1, timedOut: true } } };
  else yield { message: { $case: 'exit', exit } };
}

function line(text: string): ExecResponse {
  return { message: { $case: 'stdout', stdout: Buffer.from(`${text}\n`) } };
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
    return { executionId, status: result.status, result };
  };
  async function* events(id: string): AsyncGenerator<ExecutionEvent> {
    for (const event of script(find(id)).events ?? []) yield { event };
    yield { event: { $case: 'result', result: resultOf(id) } };
  }
  return {
    submit: async (request) => ({
      executionId: accept(request),
      status: 'queued',
      duplicate: false,
    }),
    execute: (request) => events(accept(request)),
    getExecution: ended,
    cancelExecution: ended,
    watchOutput: ({ executionId }) => events(executionId),
  };
}

function decoded(request: SubmitRequest): SubmitRequest {
  if (request.encoding !== 'base64') return request;
  const text = (content: string) => Buffer.from(content, 'base64').toString('utf8');
  return { ...request, code: text(request.code), stdin: text(request.stdin) };
}

const pools: Implementation<PoolServiceDefinition> = {
  listPools: async () => ({
    pools: [Pool.create({ template: 'python', language: 'python', targetSize: 2, available: 2 })],
  }),
  setPolicy: async ({ template }) => Pool.create({ template }),
  predictDemand: async ({ template }) => ({
    template,
    predictedDemand: 12,
    confidence: 0.5,
    samples: 3,
  }),
};
