// The client: one connection to a scheduler, and where wanted to a pool-manager and to NATS.
import {
  type Activity,
  type FunctionMessage as AnalyzedFunction,
  type AnalyzeResponse,
  type Change,
  type DemandPrediction,
  type Execution,
  ExecutionServiceDefinition,
  type FunctionDetails,
  KeyServiceDefinition,
  type LeaseRef,
  PlatformError,
  type Pool,
  type PoolPolicy,
  PoolServiceDefinition,
  type PrefetchOrder,
  type Sandbox,
  SandboxServiceDefinition,
  type Stats,
  StatsServiceDefinition,
  type SubmitResponse,
  type Suggestion,
  type UserAction,
} from '@pilotlight/contracts';
import { connectBus } from '@pilotlight/messaging';
import { type ClientTls, connectRpc } from '@pilotlight/rpc';
import {
  cancelExecution,
  type ExecutionUpdate,
  getExecution,
  type RunListeners,
  type RunOutcome,
  run,
  submit,
  type WatchOptions,
  watchOutput,
} from './executions.ts';
import {
  type GetFunctionOptions,
  getFunction,
  type ListFunctionsOptions,
  listFunctions,
} from './functions.ts';
import { type RunInput, type SendInputOptions, sendInput } from './input.ts';
import { type KeyAdministration, keyAdministration } from './keys.ts';
import { createPublisher, type Publisher } from './publisher.ts';
import type { RunRequest } from './request.ts';
import {
  type AcquireOptions,
  acquireSandbox,
  attachSandbox,
  type LeasedSandbox,
  type SandboxHandle,
} from './sandbox.ts';
import {
  type ActivityOptions,
  type AnalyzeOptions,
  analyze,
  getStats,
  listActivity,
  type StatsOptions,
} from './stats.ts';

export interface ConnectOptions {
  /** host:port of a scheduler. */
  readonly address: string;
  /** Sent with every call; a platform lets nobody in without one. */
  readonly apiKey?: string;
  /**
   * With TLS: `true` for servers whose certificates this machine trusts, else paths of PEM files. A
   * server may want a certificate of the client as well; an API key is needed either way.
   */
  readonly tls?: ClientTls | true;
  /** host:port of a pool-manager, for `pools`, `setPolicy`, `predictDemand` and `onAction`. */
  readonly poolAddress?: string;
  /** host:port of a stats-recorder, for `stats`, `activity`, `analyze`, functions and `keys`. */
  readonly statsAddress?: string;
  /** For `nats`. */
  readonly nats?: {
    readonly url: string;
    readonly user?: string;
    readonly password?: string;
    /** Whose credentials these are, where they are a project's: it publishes for its own users only. */
    readonly project?: string;
  };
}

/** What a user does, and where. */
export interface UserActionReport {
  readonly action: UserAction;
  readonly userId: string;
  /** The template that the user works with. */
  readonly template: string;
  /** What it is about: project, path, … The same action with the same context is done once. */
  readonly context?: Readonly<Record<string, string>>;
  /** The sandbox that the user holds: most of what can be fetched ahead is fetched in it. */
  readonly lease?: LeaseRef;
}

/** New values for a pool's policy; what is left out stays. Sizes are over all nodes. */
export type PolicyUpdate = Partial<PoolPolicy>;

/** Pilotlight, as a user's program sees it. Every call may reject with a `PlatformError`. */
export interface Pilotlight extends AsyncDisposable {
  /** Leases a sandbox, warm where there is one. Waits up to 30 s for capacity. */
  acquire(options: AcquireOptions): Promise<LeasedSandbox>;
  /** A sandbox leased before, by its id and token. */
  attach(lease: LeaseRef): SandboxHandle;
  /** Runs code in a fresh sandbox and resolves with its result; output is streamed on the way. */
  run(request: RunRequest, listeners?: RunListeners): Promise<RunOutcome>;
  submit(request: RunRequest): Promise<SubmitResponse>;
  get(executionId: string): Promise<Execution>;
  cancel(executionId: string): Promise<Execution>;
  watchOutput(executionId: string, options?: WatchOptions): AsyncIterable<ExecutionUpdate>;
  /**
   * Sends input or a signal to an interactive run; resolves when it is written. Rejects with
   * `failed_precondition` before it runs (`retry` says when to ask again) and after it has ended, with
   * `resource_exhausted` while 1 MiB waits for the program to read it. A call that breaks may have
   * been written.
   */
  sendInput(executionId: string, input: RunInput, options?: SendInputOptions): Promise<void>;
  listSandboxes(template?: string): Promise<readonly Sandbox[]>;
  pools(): Promise<readonly Pool[]>;
  /** Changes a pool's policy for good. Idempotent. */
  setPolicy(template: string, changes: PolicyUpdate): Promise<Pool>;
  predictDemand(template: string): Promise<DemandPrediction>;
  /**
   * Tells of what a user does, so that what they will want next is fetched ahead. Resolves with what is
   * ordered, which goes on behind it.
   */
  onAction(action: UserActionReport): Promise<readonly PrefetchOrder[]>;
  /** What requesters waited, how often it was warm, how it ended: in total, by template, by user. */
  stats(options?: StatsOptions): Promise<Stats>;
  /** Requests for sandboxes, newest first. */
  activity(options?: ActivityOptions): Promise<readonly Activity[]>;
  /** Where starts lose time, what would help, and what was saved by what was done. */
  analyze(options?: AnalyzeOptions): Promise<AnalyzeResponse>;
  /** Notes that a suggestion was carried out; `by` is for people. Idempotent by its id. */
  recordChange(suggestion: Suggestion, by?: string): Promise<Change>;
  /** Serverless functions that report their cold starts, last seen first. */
  listFunctions(options?: ListFunctionsOptions): Promise<readonly AnalyzedFunction[]>;
  /** What the cold starts of a function load, by its id or name. Rejects `not_found` for another project's. */
  getFunction(name: string, options?: GetFunctionOptions): Promise<FunctionDetails>;
  /** Projects, plans and API keys; its calls reject with `failed_precondition` without `statsAddress`. */
  readonly keys: KeyAdministration;
  /** Running code over NATS; rejects with `failed_precondition` where `nats` was not given. */
  readonly nats: Publisher;
  /** Leases live on until they are released or expire. */
  close(): Promise<void>;
}

/**
 * Connects. gRPC connects at the first call, and again by itself after a loss; NATS, where given,
 * now.
 */
export async function connect(options: ConnectOptions): Promise<Pilotlight> {
  const { address, apiKey, nats, poolAddress = '', statsAddress = '' } = options;
  const tls = options.tls === true ? {} : options.tls;
  const to = (host: string) => ({ address: host, token: apiKey, tls });
  const bus =
    nats &&
    (await connectBus({
      ...nats,
      servers: nats.url,
      name: 'pilotlight-client',
      role: nats.project === undefined ? 'publisher' : 'project',
    }));
  const sandboxes = connectRpc(SandboxServiceDefinition, to(address));
  const executions = connectRpc(ExecutionServiceDefinition, to(address));
  const pools = connectRpc(PoolServiceDefinition, to(poolAddress || address));
  const stats = connectRpc(StatsServiceDefinition, to(statsAddress || address));
  const keys = connectRpc(KeyServiceDefinition, to(statsAddress || address));
  const publisher = bus && createPublisher(bus, nats);
  const poolService = () => {
    if (poolAddress !== '') return pools.client;
    throw new PlatformError('failed_precondition', 'connect() needs `poolAddress` for this.');
  };
  const ofStatsRecorder = <T>(client: T): T => {
    if (statsAddress !== '') return client;
    throw new PlatformError('failed_precondition', 'connect() needs `statsAddress` for this.');
  };
  const statsService = () => ofStatsRecorder(stats.client);
  const close = async () => {
    for (const connection of [sandboxes, executions, pools, stats, keys]) connection.close();
    await bus?.close();
  };
  return {
    acquire: (wanted) => acquireSandbox(sandboxes.client, wanted),
    attach: (lease) => attachSandbox(sandboxes.client, lease),
    run: (request, listeners) => run(executions.client, request, listeners),
    submit: (request) => submit(executions.client, request),
    get: (id) => getExecution(executions.client, id),
    cancel: (id) => cancelExecution(executions.client, id),
    watchOutput: (id, watch) => watchOutput(executions.client, id, watch),
    sendInput: (id, input, call) => sendInput(executions.client, id, input, call),
    listSandboxes: async (template = '') =>
      (await sandboxes.client.listSandboxes({ template })).sandboxes,
    pools: async () => (await poolService().listPools({})).pools,
    setPolicy: async (template, changes) => poolService().setPolicy({ ...changes, template }),
    predictDemand: async (template) => poolService().predictDemand({ template }),
    onAction: async (action) => (await poolService().onAction(action)).orders,
    stats: async (wanted) => getStats(statsService(), wanted),
    activity: async (wanted) => listActivity(statsService(), wanted),
    analyze: async (wanted) => analyze(statsService(), wanted),
    recordChange: async (suggestion, by = '') => statsService().recordChange({ suggestion, by }),
    listFunctions: async (wanted) => listFunctions(statsService(), wanted),
    getFunction: async (name, wanted) => getFunction(statsService(), name, wanted),
    keys: keyAdministration(() => ofStatsRecorder(keys.client)),
    get nats() {
      if (publisher !== undefined) return publisher;
      throw new PlatformError('failed_precondition', 'connect() needs `nats` for this.');
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
