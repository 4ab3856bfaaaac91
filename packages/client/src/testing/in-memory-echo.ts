// The program of every interactive run of the in-memory platform: it says back what it is sent, until
// the end of its input or a signal.
import {
  type ExecutionEvent,
  type ExecutionInput,
  ExecutionResult,
  OutputChunk,
} from '@pilotlight/contracts';

export class InMemoryEcho {
  readonly #inputs: ExecutionInput['input'][] = [];
  #arrival = Promise.withResolvers<void>();

  send(input: ExecutionInput['input']): void {
    this.#inputs.push(input);
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers();
  }

  async *events(executionId: string, stdin: string): AsyncGenerator<ExecutionEvent> {
    yield { event: { $case: 'status', status: 'running' } };
    if (stdin !== '') yield this.#output(Buffer.from(stdin));
    for (;;) {
      const input = this.#inputs.shift();
      switch (input?.$case) {
        case undefined:
          await this.#arrival.promise;
          break;
        case 'data':
          yield this.#output(input.data);
          break;
        default: {
          const signal = input?.$case === 'signal' ? input.signal : '';
          const status = signal === '' ? 'completed' : 'failed';
          const result = ExecutionResult.create({ executionId, status, signal });
          yield { event: { $case: 'result', result } };
          return;
        }
      }
    }
  }

  #output(data: Uint8Array): ExecutionEvent {
    const output = OutputChunk.create({ attempt: 1, stage: 'run', stream: 'stdout', data });
    return { event: { $case: 'output', output } };
  }
}
