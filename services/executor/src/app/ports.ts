// What the use cases need of the outside. Roles only; adapters bring the technology.
import type {
  ExecutionResult,
  NodeStatus,
  OutputChunk,
  SandboxEvent,
  SandboxEventType,
} from '@pilotlight/contracts';
import type { Sandbox } from '@pilotlight/sandbox-runtime';
import type { ProbeOutcome } from '../domain/health.ts';
import type { HostSample } from '../domain/host-usage.ts';

/** Where sandbox events are kept. Rejects while it cannot take them; keeps an event id once. */
export interface EventLog {
  append(event: SandboxEvent, type: SandboxEventType): Promise<void>;
}

/** Where output is kept. Resolves once the chunk is on disk; a repeated chunk is kept once. */
export interface OutputLog {
  append(chunk: OutputChunk): Promise<void>;
}

/** The one result of each execution. */
export interface ResultStore {
  /**
   * Stores the result if it is the first. Returns the one that counts: this one, or an earlier
   * one. Rejects while the store cannot answer; asking again is safe.
   */
  storeFirst(result: ExecutionResult): Promise<ExecutionResult>;
}

/** The machine that this node runs on. */
export interface Host {
  /** Never rejects; undefined where it cannot be read, as on macOS. */
  sample(): Promise<HostSample | undefined>;
}

/** Where schedulers and the pool-manager see what this node has. */
export interface NodeInventory {
  put(status: NodeStatus): Promise<void>;
  remove(): Promise<void>;
}

/** Takes an event and returns at once; publishing it is the sink's business. */
export interface EventSink {
  emit(type: SandboxEventType, event: SandboxEvent): void;
}

/** Asks one application whether it answers; keeps a connection between two looks. */
export interface HealthProbe {
  /** Never rejects; an aborted look is `silent`. One at a time. */
  look(signal: AbortSignal): Promise<ProbeOutcome>;
  /** Closes the connection. Idempotent. */
  close(): void;
}

export type OpenProbe = (
  sandbox: Sandbox,
  target: { readonly port: number; readonly path: string },
) => HealthProbe;

/** Where an upload waits until all of it was checked: room outside of memory, and bounded. */
export interface Spool {
  /** Rejects `unavailable` where there is none. */
  open(): Promise<SpoolFile>;
}

/** One upload's room. Close it, whatever happened. */
export interface SpoolFile {
  /** Rejects `resource_exhausted` where all uploads of the node together take too much. */
  write(bytes: Uint8Array): Promise<void>;
  /** All that was written, from the beginning. */
  read(): AsyncIterable<Uint8Array>;
  /** Gives the room back. Idempotent. */
  close(): Promise<void>;
}

/** The part of a logger that use cases need. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
