// NodeService: decodes what schedulers order, calls the use cases, encodes what came of it.
import {
  type LeaseRef,
  type LeaseSandboxRequest,
  type NodeServiceDefinition,
  PlatformError,
  type Sandbox,
} from '@pilotlight/contracts';
import type { Implementation } from '@pilotlight/rpc';
import { type ExecOptions, runExec } from '../app/exec-session.ts';
import { installPackages } from '../app/install-packages.ts';
import type { Leases } from '../app/leases.ts';
import { listFiles } from '../app/list-files.ts';
import type { Packages } from '../app/packages.ts';
import { connectPort } from '../app/port-session.ts';
import type { Spool } from '../app/ports.ts';
import type { Prefetches } from '../app/prefetches.ts';
import { readFile } from '../app/read-file.ts';
import { type Runs, watchRun } from '../app/runs.ts';
import type { SandboxRecord } from '../app/sandbox-record.ts';
import type { SandboxRegistry } from '../app/sandbox-registry.ts';
import { writeFiles } from '../app/write-files.ts';
import type { Fence } from '../domain/fencing.ts';

export interface NodeServiceOptions extends ExecOptions {
  readonly registry: SandboxRegistry;
  readonly leases: Leases;
  readonly runs: Runs;
  readonly packages: Packages;
  readonly prefetches: Prefetches;
  readonly fence: Fence;
  /** For uploads. */
  readonly spool: Spool;
}

export function createNodeService(
  options: NodeServiceOptions,
): Implementation<typeof NodeServiceDefinition> {
  const { registry, leases, runs, fence } = options;
  const { node, incarnation } = registry.address;
  const used = (ref: LeaseRef) => sandboxMessage(leases.use(ref).record, node);
  return {
    async leaseSandbox(request, { signal, traceparent }) {
      fence.check('scheduler', request.epoch);
      return leases.lease(withTrace(request, traceparent), signal);
    },
    async *run(request, { signal }) {
      fence.check('scheduler', request.epoch);
      yield* watchRun(runs.start(request), signal);
    },
    async cancelRun({ epoch, executionId, attempt }, { signal }) {
      fence.check('scheduler', epoch);
      const ends = runs.cancel(executionId, attempt);
      await settledOrAborted(ends, signal);
      return { found: ends.length > 0 };
    },
    async sendRunInput(input, { signal }) {
      await runs.sendInput(input, signal);
      return {};
    },
    async listRuns({ epoch }) {
      fence.check('scheduler', epoch);
      return { incarnation, runs: runs.list() };
    },
    async getSandbox(ref) {
      return used(ref);
    },
    async listSandboxes({ template }) {
      const wanted = registry
        .all()
        .filter((record) => template === '' || record.template.name === template);
      return { sandboxes: wanted.map((record) => sandboxMessage(record, node)) };
    },
    async keepAlive(ref) {
      return used(ref);
    },
    async releaseSandbox(ref) {
      leases.release(ref);
      return {};
    },
    async pauseSandbox(ref) {
      return sandboxMessage(await leases.pause(ref), node);
    },
    async resumeSandbox(ref) {
      return sandboxMessage(await leases.resume(ref), node);
    },
    async hibernateSandbox(ref) {
      return sandboxMessage(await leases.hibernate(ref), node);
    },
    exec: (requests, { signal }) => runExec(options, requests, signal),
    writeFiles: (requests, { signal }) => writeFiles(options, requests, signal),
    readFile: (request, { signal }) => readFile(options, request, signal),
    listFiles: (request, { signal }) => listFiles(options, request, signal),
    connectPort: (requests, { signal }) => connectPort(options, requests, signal),
    installPackages: (request, { signal }) => installPackages(options, request, signal),
    prefetch: (request, { signal }) => options.prefetches.fetch(request, signal),
  };
}

/** A sandbox as others may see it: never with its token. */
export function sandboxMessage(record: SandboxRecord, node: string): Sandbox {
  return {
    sandboxId: record.id,
    template: record.template.name,
    node,
    state: record.state,
    userId: record.holder?.userId ?? '',
    createdAt: record.createdAt ?? record.orderedAt,
    leasedAt: record.holder?.availableAt,
    expiresAt: record.expiresAt,
    phases: record.phases,
    executionId: record.holder?.executionId ?? '',
    health: record.health?.status ?? '',
    healthDetail: record.health?.detail ?? '',
    deferredPackages: record.deferredPackages ?? '',
  };
}

/** The trace of the call, where the message itself carries none. */
function withTrace(request: LeaseSandboxRequest, traceparent: string): LeaseSandboxRequest {
  return request.traceparent === '' ? { ...request, traceparent } : request;
}

/** A run that could not store its end is attempted again: to the canceller it is over all the same. */
async function settledOrAborted(
  ends: readonly Promise<unknown>[],
  signal: AbortSignal,
): Promise<void> {
  const { promise: gone, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(PlatformError.from(signal.reason));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([Promise.allSettled(ends), gone]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
