// What Piston says of the stages of a job, in its order.
import type { ExecutionEvent, ExecutionResult, OutputChunk } from '@pilotlight/contracts';
import { endingOf, runEndingOf, StageOutput } from '../domain/piston-stage.ts';

/** One job's. Messages are sent one after the other. */
export class PistonStages {
  readonly #send: (message: object) => Promise<void>;
  readonly #hasCompiler: boolean;
  #now: 'compile' | 'run' | undefined;
  #output = new StageOutput();

  constructor(hasCompiler: boolean, send: (message: object) => Promise<void>) {
    this.#hasCompiler = hasCompiler;
    this.#send = send;
  }

  /** True where that was the end. */
  async take(event: ExecutionEvent['event']): Promise<boolean> {
    if (event?.$case === 'status' && event.status === 'running') await this.#begin();
    if (event?.$case === 'output') await this.#show(event.output);
    if (event?.$case !== 'result') return false;
    await this.#end(event.result);
    return true;
  }

  async #begin(): Promise<void> {
    if (this.#now !== undefined) return;
    this.#now = this.#hasCompiler ? 'compile' : 'run';
    await this.#send({ type: 'stage', stage: this.#now });
  }

  async #show(chunk: OutputChunk): Promise<void> {
    await this.#begin();
    // It runs, so its compiler has ended well.
    if (chunk.stage !== 'compile') await this.#enterRun({ code: 0, signal: null });
    const data = this.#output.take(chunk);
    if (data !== '') await this.#send({ type: 'data', stream: chunk.stream, data });
  }

  async #enterRun(compiled: { readonly code: number | null; readonly signal: string | null }) {
    if (this.#now === 'run') return;
    await this.#exit('compile', compiled);
    this.#now = 'run';
    await this.#send({ type: 'stage', stage: 'run' });
  }

  async #end(result: ExecutionResult): Promise<void> {
    await this.#begin();
    const compiled = result.compile && endingOf(result.compile);
    if (compiled !== undefined && compiled.code !== 0) {
      await this.#exit('compile', compiled);
      return;
    }
    await this.#enterRun({ code: 0, signal: null });
    await this.#exit('run', runEndingOf(result));
  }

  async #exit(
    stage: 'compile' | 'run',
    { code, signal }: { readonly code: number | null; readonly signal: string | null },
  ): Promise<void> {
    for (const { stream, data } of this.#output.end()) {
      await this.#send({ type: 'data', stream, data });
    }
    await this.#send({ type: 'exit', stage, code, signal });
  }
}
