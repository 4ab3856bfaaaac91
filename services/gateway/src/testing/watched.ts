// An execution on a bus in memory, and people who watch it at their own pace.
import { setImmediate } from 'node:timers/promises';
import {
  Execution,
  ExecutionResult,
  OutputChunk,
  SandboxEvent,
  subject,
  toJsonBytes,
} from '@pilotlight/contracts';
import { systemClock } from '@pilotlight/lifecycle';
import { createMemoryBus } from '@pilotlight/messaging';
import { OutputHub } from '../app/output-hub.ts';
import { watchExecution } from '../app/watch.ts';

export interface ShownFrame {
  readonly type: string;
  readonly seq?: number;
  readonly from?: number;
  readonly to?: number;
  readonly stream?: string;
  readonly stage?: string;
  readonly data?: string;
  readonly encoding?: string;
  readonly attempt?: number;
  readonly status?: string;
}

/** A reader who takes as many frames as they are allowed. */
export class Watcher {
  readonly frames: ShownFrame[] = [];
  result: ExecutionResult | undefined;
  readonly done: Promise<void>;
  #permits = 0;
  #wake = Promise.withResolvers<void>();

  constructor(frames: AsyncIterable<string | ExecutionResult>) {
    this.done = this.#read(frames);
  }

  allow(frames: number): void {
    this.#permits += frames;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  async #read(frames: AsyncIterable<string | ExecutionResult>): Promise<void> {
    for await (const frame of frames) {
      if (typeof frame !== 'string') this.result = frame;
      else this.frames.push(JSON.parse(frame) as ShownFrame);
      while (this.#permits <= 0) await this.#wake.promise;
      this.#permits -= 1;
    }
  }
}

export class WatchedExecution {
  readonly bus = createMemoryBus();
  readonly hub: OutputHub;
  readonly chunks: OutputChunk[] = [];
  readonly #over = new AbortController();
  readonly #id = 'e1';

  constructor(maxBytesEach = 1024 * 1024) {
    const log = { warn: () => undefined };
    const bounds = { maxBytesEach, maxBytes: 64 * 1024 * 1024 };
    this.hub = new OutputHub({ bus: this.bus, clock: systemClock, log, ...bounds });
  }

  async write(data: Uint8Array, { stream = 'stdout', stage = 'run', attempt = 1 } = {}) {
    const sequence = this.chunks.filter((chunk) => chunk.attempt === attempt).length + 1;
    await this.store({ ...{ attempt, sequence, stream, stage }, data: Buffer.from(data) });
  }

  async store(fields: Partial<OutputChunk>): Promise<void> {
    const chunk = OutputChunk.create({ executionId: this.#id, ...fields });
    this.chunks.push(chunk);
    await this.bus.publish(
      subject('executionOutput', { id: this.#id }),
      toJsonBytes(OutputChunk, chunk),
    );
  }

  async lease(): Promise<void> {
    const event = SandboxEvent.create({ type: 'leased', executionId: this.#id });
    const where = subject('sandboxEvent', { type: 'leased', template: 'python' });
    await this.bus.publish(where, toJsonBytes(SandboxEvent, event));
  }

  async finish(fields: Partial<ExecutionResult> = {}): Promise<ExecutionResult> {
    const lastOutputSequence = this.chunks.filter((chunk) => chunk.attempt === 1).length;
    const result = ExecutionResult.create({
      ...{ executionId: this.#id, status: 'completed', attempt: 1, lastOutputSequence },
      ...fields,
    });
    const where = subject('executionResult', { id: this.#id });
    await this.bus.publish(where, toJsonBytes(ExecutionResult, result));
    return result;
  }

  watch(from = 0, execution: Partial<Execution> = { status: 'running' }): Watcher {
    const describe = async () => Execution.create({ executionId: this.#id, ...execution });
    const request = { executionId: this.#id, from, describe, signal: this.#over.signal };
    return new Watcher(watchExecution(this.hub, this.bus, request));
  }

  /** Everything that can happen without anybody doing more has happened. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
  }

  async close(): Promise<void> {
    this.#over.abort();
    this.hub.close();
    await this.bus.close();
  }
}
