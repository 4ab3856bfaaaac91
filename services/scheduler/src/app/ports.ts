// What the use cases need of the world beside the bus: nodes to call, and somebody who counts.
import type {
  CancelRunRequest,
  CancelRunResponse,
  ConnectPortRequest,
  ConnectPortResponse,
  Entitlements,
  ExecRequest,
  ExecResponse,
  ExecutionInput,
  InstallPackagesRequest,
  InstallPackagesResponse,
  Lease,
  LeaseRef,
  LeaseSandboxRequest,
  ListFilesRequest,
  ListFilesResponse,
  ListRunsRequest,
  ListRunsResponse,
  ListSandboxesResponse,
  NodeStatus,
  Principal,
  ReadFileRequest,
  ReadFileResponse,
  ReleaseSandboxResponse,
  RunEvent,
  RunRequest,
  Sandbox,
  SendInputResponse,
  WriteFilesRequest,
  WriteFilesResponse,
} from '@pilotlight/contracts';

/** Limits and context of one call to a node. */
export interface CallScope {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** The earlier of this and `timeoutMs` counts. */
  readonly deadline?: Date;
  readonly traceparent?: string;
}

/** One node's NodeService. Every failure is a `PlatformError`; nothing is retried. */
export interface NodeCalls {
  leaseSandbox(request: LeaseSandboxRequest, scope?: CallScope): Promise<Lease>;
  run(request: RunRequest, scope?: CallScope): AsyncIterable<RunEvent>;
  cancelRun(request: CancelRunRequest, scope?: CallScope): Promise<CancelRunResponse>;
  sendRunInput(input: ExecutionInput, scope?: CallScope): Promise<SendInputResponse>;
  listRuns(request: ListRunsRequest, scope?: CallScope): Promise<ListRunsResponse>;
  getSandbox(ref: LeaseRef, scope?: CallScope): Promise<Sandbox>;
  listSandboxes(
    request: { readonly template: string },
    scope?: CallScope,
  ): Promise<ListSandboxesResponse>;
  keepAlive(ref: LeaseRef, scope?: CallScope): Promise<Sandbox>;
  releaseSandbox(ref: LeaseRef, scope?: CallScope): Promise<ReleaseSandboxResponse>;
  pauseSandbox(ref: LeaseRef, scope?: CallScope): Promise<Sandbox>;
  resumeSandbox(ref: LeaseRef, scope?: CallScope): Promise<Sandbox>;
  hibernateSandbox(ref: LeaseRef, scope?: CallScope): Promise<Sandbox>;
  exec(requests: AsyncIterable<ExecRequest>, scope?: CallScope): AsyncIterable<ExecResponse>;
  writeFiles(
    requests: AsyncIterable<WriteFilesRequest>,
    scope?: CallScope,
  ): Promise<WriteFilesResponse>;
  readFile(request: ReadFileRequest, scope?: CallScope): AsyncIterable<ReadFileResponse>;
  listFiles(request: ListFilesRequest, scope?: CallScope): Promise<ListFilesResponse>;
  connectPort(
    requests: AsyncIterable<ConnectPortRequest>,
    scope?: CallScope,
  ): AsyncIterable<ConnectPortResponse>;
  installPackages(
    request: InstallPackagesRequest,
    scope?: CallScope,
  ): Promise<InstallPackagesResponse>;
}

/** Finds the NodeService of a node; connections are kept. */
export type CallNode = (status: Pick<NodeStatus, 'node' | 'incarnation' | 'address'>) => NodeCalls;

/** The part of a logger that use cases need. Fields first. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Counts what happened; never fails. */
export interface Observer {
  acquired(outcome: 'warm' | 'cold' | 'refused' | 'failed'): void;
  /** From entering the queue (as this leader saw it) to the order to a node. */
  dispatched(waitedMs: number): void;
  finished(status: string): void;
  setback(kind: 'refused' | 'lost' | 'failed'): void;
  dead(): void;
}

/** What a project's plan allows; undefined for a project that has no active key. */
export type EntitlementsOf = (project: string) => Entitlements | undefined;

/** What a caller of a use case brings along. The part of an RPC's context that use cases need. */
export interface Caller {
  readonly signal: AbortSignal;
  readonly deadline?: Date;
  readonly traceparent: string;
  /** Whose key it is; without one the caller speaks for everyone, as admins do. */
  readonly principal?: Principal;
}
