// ExecutionService without sandboxes: a program's code is the name of what it does, and results are stored on
// the bus as executors store them.
import {
  type Execution,
  type ExecutionEvent,
  type ExecutionInput,
  ExecutionResult,
  type ExecutionServiceDefinition,
  fromSubmitRequest,
  invalidFields,
  isTerminal,
  limits,
  OutputChunk,
  PlatformError,
  type SubmitRequest,
  subject,
  toJsonBytes,
} from '@pilotlight/contracts';
import type { Bus } from '@pilotlight/messaging';
import type { Client } from '@pilotlight/rpc';

/** What programs write, by their code; any other code writes its standard input. */
const written: Readonly<Record<string, Uint8Array>> = {
  hello: Buffer.from('hello\n'),
  binary: Buffer.from([0xff, 0x00, 0xfe]),
  large: Buffer.from('0123456789abcde\n'.repeat(12_500)),
};

interface Known {
  readonly request: SubmitRequest;
  readonly chunks: readonly OutputChunk[];
  status: string;
  result?: ExecutionResult;
}

/** `loop` and `interactive` never end by themselves. */
export class FakeExecutions {
  readonly submitted: SubmitRequest[] = [];
  readonly inputs: ExecutionInput[] = [];
  /** Thrown by the next submission. */
  fault: Error | undefined;
  /** Told to every submission. */
  estimate = 12.5;
  readonly #bus: Bus;
  readonly #known = new Map<string, Known>();
  #count = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  get client(): Client<ExecutionServiceDefinition> {
    return {
      submit: (request) => this.#submit(request as SubmitRequest),
      execute: () => {
        throw new PlatformError('unimplemented', 'The gateway submits.');
      },
      getExecution: async ({ executionId }) => this.#execution(executionId),
      cancelExecution: async ({ executionId }) => {
        const known = this.#find(executionId);
        if (!isTerminal(known.status)) await this.#end(executionId ?? '', known, 'cancelled');
        return this.#execution(executionId);
      },
      watchOutput: ({ executionId, fromSequence }, options) =>
        this.#watch(executionId, fromSequence ?? 0, options?.signal),
      sendInput: async (input) => {
        const known = this.#find(input.executionId);
        if (!known.request.interactive || isTerminal(known.status)) {
          throw new PlatformError('failed_precondition', 'It takes no input.');
        }
        this.inputs.push(input as ExecutionInput);
        return {};
      },
    };
  }

  async #submit(request: SubmitRequest) {
    const { code, idempotencyKey, language } = request;
    const { fault } = this;
    this.fault = undefined;
    if (fault !== undefined) throw fault;
    if (language !== 'python') {
      throw invalidFields([{ field: 'language', problem: 'must be one of python' }]);
    }
    const now = new Date('2026-01-01T00:00:00Z');
    const parsed = fromSubmitRequest(request, { id: 'x', now, traceparent: '' });
    if (!parsed.ok) throw invalidFields(parsed.problems);
    this.#count += 1;
    const id = idempotencyKey === '' ? `run-${this.#count}` : `k-${idempotencyKey}`.slice(0, 64);
    const executionId = id.replaceAll(/[^A-Za-z0-9_-]/g, '_');
    const before = this.#known.get(executionId);
    if (before !== undefined) {
      if (before.request.code !== code) throw new PlatformError('conflict', 'Another request.');
      return { executionId, status: before.status, duplicate: true, estimatedWaitMs: 0 };
    }
    this.submitted.push(request);
    const known = { request, chunks: chunksOf(executionId, request), status: 'queued' };
    this.#known.set(executionId, known);
    if (code !== 'loop' && !request.interactive) await this.#end(executionId, known, 'completed');
    return { executionId, status: 'queued', duplicate: false, estimatedWaitMs: this.estimate };
  }

  async #end(executionId: string, known: Known, status: string): Promise<void> {
    const data = Buffer.concat(known.chunks.map((chunk) => chunk.data));
    const { correlationId, language, priority, userId } = known.request;
    known.result = ExecutionResult.fromPartial({
      ...{ executionId, status, correlationId, language, priority, userId, attempt: 1 },
      lastOutputSequence: known.chunks.length,
      stdout: {
        data: data.subarray(0, limits.maxInlineOutputBytes),
        totalBytes: data.length,
        truncated: data.length > limits.maxInlineOutputBytes,
      },
      stderr: {},
      queuedAt: new Date('2026-01-01T00:00:00Z'),
      finishedAt: new Date('2026-01-01T00:00:01Z'),
    });
    known.status = status;
    const to = subject('executionResult', { id: executionId });
    await this.#bus.publish(to, toJsonBytes(ExecutionResult, known.result), { onlyFirst: true });
  }

  #execution(executionId = ''): Execution {
    const { request, status, result } = this.#find(executionId);
    const { language, userId } = request;
    return { executionId, status, result, estimatedWaitMs: 0, language, userId };
  }

  async *#watch(
    executionId = '',
    from: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ExecutionEvent> {
    const known = this.#find(executionId);
    if (!isTerminal(known.status)) yield { event: { $case: 'status', status: known.status } };
    for (const output of known.chunks) {
      if (output.sequence >= from) yield { event: { $case: 'output', output } };
    }
    if (known.result === undefined) {
      await new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(PlatformError.from(signal.reason)));
      });
    }
    if (known.result !== undefined) yield { event: { $case: 'result', result: known.result } };
  }

  #find(executionId = ''): Known {
    const known = this.#known.get(executionId);
    if (known !== undefined) return known;
    throw new PlatformError('not_found', `There is no execution "${executionId}".`);
  }
}

const chunkBytes = 32 * 1024;

function chunksOf(executionId: string, { code, stdin }: SubmitRequest): OutputChunk[] {
  const data = Object.hasOwn(written, code) ? written[code] : Buffer.from(stdin);
  const all = data ?? Buffer.alloc(0);
  const count = Math.ceil(all.length / chunkBytes);
  return Array.from({ length: count }, (_, index) =>
    OutputChunk.fromPartial({
      ...{ executionId, attempt: 1, sequence: index + 1, stream: 'stdout', stage: 'run' },
      data: all.subarray(index * chunkBytes, (index + 1) * chunkBytes),
    }),
  );
}
