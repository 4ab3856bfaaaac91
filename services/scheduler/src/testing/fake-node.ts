// A node for tests: leases and runs as told, results on the bus as a real one stores them.
import {
  type ConnectPortRequest,
  type ConnectPortResponse,
  type ExecRequest,
  type ExecResponse,
  type ExecutionInput,
  ExecutionResult,
  type InstallPackagesRequest,
  type Lease,
  type LeaseSandboxRequest,
  type ListFilesResponse,
  type ListRunsRequest,
  type NodePool,
  NodeStatus,
  PlatformError,
  type ReadFileResponse,
  type RunEvent,
  type RunRequest,
  Sandbox,
  sandboxId,
  subject,
  toJsonBytes,
  type WriteFilesRequest,
  type WriteFilesResponse,
} from '@pilotlight/contracts';
import type { Bus } from '@pilotlight/messaging';
import type { NodeCalls } from '../app/ports.ts';

interface ActiveRun {
  readonly request: RunRequest;
  readonly over: PromiseWithResolvers<string>;
}

/** What a test may change while the node is in use. */
export class FakeNode implements NodeCalls {
  readonly name: string;
  readonly incarnation: string;
  readonly runs = new Map<string, ActiveRun>();
  /** Every order received, as `id/attempt`, joins included. */
  readonly ordered: string[] = [];
  readonly leases = new Map<string, LeaseSandboxRequest>();
  /** Of runs under way, in order. */
  readonly inputs: ExecutionInput[] = [];
  readonly finished = new Map<string, ExecutionResult>();
  /** Of uploads. */
  readonly folders: string[] = [];
  /** By template; what is not named has none. */
  pools: Readonly<Record<string, Partial<NodePool>>> = {};
  runSlots = 4;
  sandboxSlots = 4;
  draining = false;
  /** Thrown by every call. */
  down: PlatformError | undefined;
  /** Never answers: a stopped process. */
  stalled = false;
  /** Thrown by the next `run` and `leaseSandbox`. */
  refusals: PlatformError[] = [];
  /** Runs end by themselves at once with this status. */
  endsWith: string | undefined;
  epoch = 0;
  readonly #bus: Bus;
  #heartbeat = 0;
  #serial = 0;
  #broken = Promise.withResolvers<never>();

  constructor(bus: Bus, name: string, incarnation = 'i1') {
    this.#bus = bus;
    this.name = name;
    this.incarnation = incarnation;
    this.#broken.promise.catch(() => undefined);
  }

  /** Writes what a node writes every second. */
  async report(): Promise<void> {
    this.#heartbeat += 1;
    const pools = ['python', 'javascript', 'generic'].map((template) => {
      return {
        template,
        ready: 1,
        leased: this.leases.size,
        creating: 0,
        waiting: 0,
        problem: '',
        failures: 0,
        ...this.pools[template],
      };
    });
    const status = NodeStatus.create({
      node: this.name,
      incarnation: this.incarnation,
      address: this.name,
      heartbeat: this.#heartbeat,
      draining: this.draining,
      runSlots: this.runSlots,
      runs: this.runs.size,
      sandboxSlots: this.sandboxSlots,
      sandboxes: this.leases.size,
      pools,
    });
    await (await this.#bus.bucket('nodes')).put(this.name, toJsonBytes(NodeStatus, status));
  }

  /** Every open stream breaks; the runs go on. */
  breakStreams(error = new PlatformError('unavailable', 'connection lost')): void {
    const broken = this.#broken;
    this.#broken = Promise.withResolvers<never>();
    this.#broken.promise.catch(() => undefined);
    broken.reject(error);
  }

  /** A program ended: its result is stored unless there is one, then reported. */
  async finish(id: string, status = 'completed'): Promise<void> {
    const active = [...this.runs.values()].find((run) => run.request.request?.id === id);
    if (active === undefined) throw new Error(`${id} does not run on ${this.name}`);
    await this.#store(active.request, status);
    active.over.resolve(status);
  }

  async *run(request: RunRequest, scope: { signal?: AbortSignal } = {}): AsyncGenerator<RunEvent> {
    await this.#answer(request.epoch, scope.signal);
    const key = `${request.request?.id}/${request.attempt}`;
    this.ordered.push(key);
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw refusal;
    const known = this.runs.get(key);
    const active = known ?? { request, over: Promise.withResolvers<string>() };
    const before = this.finished.get(key);
    if (before === undefined) this.runs.set(key, active);
    if (before === undefined && this.endsWith !== undefined) {
      await this.#store(request, this.endsWith);
      active.over.resolve(this.endsWith);
    }
    yield { event: { $case: 'started', started: { sandboxId: '', fromWarmPool: true } } };
    if (before === undefined) {
      await Promise.race([active.over.promise, this.#broken.promise, abortOf(scope.signal)]);
    }
    const finished = this.finished.get(key) ?? ExecutionResult.create();
    yield { event: { $case: 'finished', finished } };
  }

  async cancelRun({ epoch, executionId }: { epoch: number; executionId: string }) {
    await this.#answer(epoch);
    const found = [...this.runs.values()].some((run) => run.request.request?.id === executionId);
    if (found) await this.finish(executionId, 'cancelled');
    return { found };
  }

  async sendRunInput(input: ExecutionInput, scope: { signal?: AbortSignal } = {}) {
    await this.#answer(this.epoch, scope.signal);
    this.inputs.push(input);
    return {};
  }

  async listRuns(
    { epoch }: ListRunsRequest,
    scope: { signal?: AbortSignal; timeoutMs?: number } = {},
  ) {
    await this.#answer(epoch, scope.signal);
    const runs = [...this.runs.values()].map(({ request }) => {
      return { executionId: request.request?.id ?? '', attempt: request.attempt };
    });
    return { incarnation: this.incarnation, runs };
  }

  async leaseSandbox(request: LeaseSandboxRequest, scope: { signal?: AbortSignal } = {}) {
    await this.#answer(request.epoch, scope.signal);
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw refusal;
    if (this.leases.size >= this.sandboxSlots)
      throw new PlatformError('resource_exhausted', 'full');
    this.#serial += 1;
    const id = sandboxId({ node: this.name, incarnation: this.incarnation }, this.#serial);
    this.leases.set(id, request);
    const lease: Lease = {
      sandboxId: id,
      token: `token-of-${id}`,
      template: request.template,
      node: this.name,
      fromWarmPool: true,
      acquisitionMs: 0,
      version: this.pools[request.template]?.version ?? '',
    };
    return lease;
  }

  async getSandbox({ sandboxId: id }: { sandboxId: string }): Promise<Sandbox> {
    await this.#answer(this.epoch);
    const lease = this.leases.get(id);
    if (lease === undefined) throw new PlatformError('not_found', 'gone');
    const { template, userId } = lease;
    const about = { template, node: this.name, state: 'leased', userId };
    return Sandbox.create({ sandboxId: id, ...about });
  }

  async listSandboxes() {
    await this.#answer(this.epoch);
    const ids = [...this.leases.keys()];
    return { sandboxes: await Promise.all(ids.map((id) => this.getSandbox({ sandboxId: id }))) };
  }

  async releaseSandbox({ sandboxId: id }: { sandboxId: string }) {
    await this.#answer(this.epoch);
    this.leases.delete(id);
    return {};
  }

  async installPackages({ lease, packages }: InstallPackagesRequest) {
    await this.getSandbox(lease ?? { sandboxId: '' });
    return { installed: packages, durationMs: 1 };
  }

  keepAlive = this.getSandbox;
  pauseSandbox = this.getSandbox;
  resumeSandbox = this.getSandbox;
  hibernateSandbox = this.getSandbox;

  /** Counts what it is sent, and says where it was to go. */
  async writeFiles(requests: AsyncIterable<WriteFilesRequest>): Promise<WriteFilesResponse> {
    let bytes = 0;
    for await (const { message } of requests) {
      if (message?.$case === 'start') this.folders.push(message.start.path);
      if (message?.$case === 'archive') bytes += message.archive.length;
    }
    return { files: 1, bytes };
  }

  /** A file holds its own path and node. */
  async *readFile({ path }: { path: string }): AsyncGenerator<ReadFileResponse> {
    yield { data: Buffer.from(`${this.name}: ${path}`) };
  }

  async listFiles({ path }: { path: string }): Promise<ListFilesResponse> {
    const entry = { path, kind: 'file', sizeBytes: 0, modifiedAt: undefined, mode: 0o644 };
    return { entries: [entry], truncated: false };
  }

  /** Sends back what it is sent. */
  async *connectPort(
    requests: AsyncIterable<ConnectPortRequest>,
  ): AsyncGenerator<ConnectPortResponse> {
    yield { data: new Uint8Array() };
    for await (const { message } of requests) {
      if (message?.$case === 'data') yield { data: message.data };
    }
  }

  /** Says back what it is sent, and on which node. */
  async *exec(requests: AsyncIterable<ExecRequest>): AsyncGenerator<ExecResponse> {
    for await (const { message } of requests) {
      if (message?.$case === 'start') yield stdout(`${this.name}: ${message.start.argv.join(' ')}`);
      if (message?.$case === 'stdin') yield stdout(Buffer.from(message.stdin).toString());
    }
    yield { message: { $case: 'exit', exit: { exitCode: 0, signal: '', timedOut: false } } };
  }

  async #answer(epoch: number, signal?: AbortSignal): Promise<void> {
    if (this.stalled) await abortOf(signal);
    if (this.down !== undefined) throw this.down;
    if (epoch < this.epoch) throw new PlatformError('failed_precondition', 'an older leader');
    this.epoch = Math.max(epoch, this.epoch);
  }

  async #store(request: RunRequest, status: string): Promise<void> {
    const { attempt } = request;
    const id = request.request?.id ?? '';
    const userId = request.request?.userId ?? '';
    const node = this.name;
    const result = ExecutionResult.create({ executionId: id, status, attempt, userId, node });
    this.runs.delete(`${id}/${attempt}`);
    this.finished.set(`${id}/${attempt}`, result);
    try {
      const data = toJsonBytes(ExecutionResult, result);
      await this.#bus.publish(subject('executionResult', { id }), data, { onlyFirst: true });
    } catch (thrown) {
      if (PlatformError.from(thrown).code !== 'conflict') throw thrown;
    }
  }
}

function stdout(text: string): ExecResponse {
  return { message: { $case: 'stdout', stdout: Buffer.from(text) } };
}

function abortOf(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(PlatformError.from(signal.reason)));
    if (signal?.aborted === true) reject(PlatformError.from(signal.reason));
  });
}
