// A driver in memory, for tests of whoever uses one. Held to the same suite as the real ones; what its
// programs do is described in behaviour.ts.
import { PlatformError } from '@pilotlight/contracts';
import type {
  DriverCapabilities,
  SandboxDriver,
  SandboxSpec,
  SandboxTemplate,
  SandboxTrace,
} from '../driver.ts';
import { Preparations } from '../preparations.ts';
import { FakeSandbox } from './fake-sandbox.ts';

export interface FakeDriverOptions {
  /** Awaited before a sandbox is ready: hold a creation here, or reject to make it fail. */
  readonly beforeReady?: (spec: SandboxSpec, signal: AbortSignal) => Promise<void>;
  /** Awaited before a template is prepared, once; resolves with its version or rejects. */
  readonly beforePrepared?: (
    template: SandboxTemplate,
    say: (step: string) => void,
  ) => Promise<string>;
  readonly capabilities?: Partial<DriverCapabilities>;
}

/** The fake, with a view of what it has made. */
export interface FakeDriver extends SandboxDriver {
  /** Sandboxes that were made and not destroyed, by id. */
  readonly sandboxes: ReadonlyMap<string, FakeSandbox>;
  /** Leaves a trace as an executor that was killed would have, to be found by `list`. */
  leaveBehind(trace: SandboxTrace): void;
}

/** Makes a fake driver. Nothing in it waits, but for what `beforeReady` waits for. */
export function createFakeDriver(options: FakeDriverOptions = {}): FakeDriver {
  const sandboxes = new Map<string, FakeSandbox>();
  const preparations = new Preparations<{ readonly version: string }>();
  const leftovers = new Map<string, SandboxTrace>();
  const capabilities: DriverCapabilities = {
    description: 'fake',
    usage: 'cgroup',
    enforcesLimits: true,
    pause: true,
    hibernate: { available: true },
    ports: { available: true },
    egress: { available: true },
    gvisor: { available: true },
    warnings: [],
    ...options.capabilities,
  };
  return {
    name: 'fake',
    capabilities,
    sandboxes,
    leaveBehind: (trace) => void leftovers.set(trace.id, trace),
    async prepare(template, listener) {
      const begun = performance.now();
      const { version } = await preparations.get(
        template.name,
        async (say) => ({ version: (await options.beforePrepared?.(template, say)) ?? '1.2.3' }),
        listener,
      );
      return { version, imagePullMs: performance.now() - begun };
    },
    async create(spec, signal) {
      try {
        signal.throwIfAborted();
        await options.beforeReady?.(spec, signal);
        // As a real start is never over at once, there is always a moment to abort it.
        await Promise.resolve();
        signal.throwIfAborted();
      } catch (thrown) {
        throw PlatformError.from(thrown);
      }
      const sandbox = new FakeSandbox(spec, capabilities, () => sandboxes.delete(spec.id));
      sandboxes.set(spec.id, sandbox);
      return sandbox;
    },
    async list() {
      const living = [...sandboxes.values()].map(({ spec }) => spec);
      return [...living, ...leftovers.values()].map(({ id, incarnation }) => ({ id, incarnation }));
    },
    async remove(id) {
      leftovers.delete(id);
      await sandboxes.get(id)?.destroy();
    },
    async close() {
      await Promise.all([...sandboxes.values()].map((sandbox) => sandbox.destroy()));
    },
  };
}
