// What Piston tells of a stage that has ended. Pure.
import { constants } from 'node:os';
import type { CompileResult, ExecutionResult, OutputChunk } from '@pilotlight/contracts';

/** One stage as Piston's API v2 has it. Times in milliseconds, memory in bytes. */
export interface PistonStage {
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order in which they were written. */
  readonly output: string;
  readonly code: number | null;
  readonly signal: string | null;
  readonly message: string | null;
  /** RE, SG, TO, OL, EL, XX, or null where it ended well. */
  readonly status: string | null;
  readonly cpu_time: number;
  readonly wall_time: number;
  readonly memory: number;
}

type Ending = Pick<PistonStage, 'code' | 'signal' | 'status' | 'message'>;

/** How a stage ended, in Piston's words. */
export function endingOf(stage: CompileResult): Ending {
  const { exitCode: code, signal } = stage;
  const killed = { code: null, signal: 'SIGKILL' };
  switch (stage.status) {
    case 'completed':
      if (code === 0) return { code, signal: null, status: null, message: null };
      return { code, signal: null, status: 'RE', message: `Exited with error status ${code}` };
    case 'failed':
      return {
        code: null,
        signal,
        status: 'SG',
        message: `Caught fatal signal ${numberOf(signal)}`,
      };
    case 'timeout':
      return { ...killed, status: 'TO', message: 'Time limit exceeded' };
    case 'out_of_memory':
      return { ...killed, status: 'SG', message: 'Memory limit exceeded' };
    case 'pids_limit':
      return { ...killed, status: 'SG', message: 'Process limit exceeded' };
    case 'output_limit':
      return outputLimit(stage);
    default:
      return { ...killed, status: 'XX', message: 'Internal error' };
  }
}

/** Of the run; where the platform ended it, it says why. */
export function runEndingOf(result: ExecutionResult): Ending {
  const ending = endingOf(result);
  return ending.status === 'XX' ? { ...ending, message: result.message } : ending;
}

function outputLimit({ stdout, stderr }: CompileResult): Ending {
  const isStdout = (stdout?.totalBytes ?? 0) >= (stderr?.totalBytes ?? 0);
  const [status, stream] = isStdout ? ['OL', 'stdout'] : ['EL', 'stderr'];
  return { code: null, signal: 'SIGKILL', status, message: `${stream} length exceeded` };
}

function numberOf(signal: string): number | string {
  return Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? signal;
}

/** Gathers the output of one stage; characters are never split, and what is no UTF-8 is replaced. */
export class StageOutput {
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  readonly #text = { stdout: '', stderr: '' };
  #both = '';

  /** The text that is complete with this chunk. */
  take({ stream, data }: Pick<OutputChunk, 'stream' | 'data'>): string {
    const name = stream === 'stderr' ? 'stderr' : 'stdout';
    return this.#add(name, this.#decoders[name].decode(data, { stream: true }));
  }

  /** What is left of characters that were never completed, by stream. */
  end(): { readonly stream: 'stdout' | 'stderr'; readonly data: string }[] {
    return (['stdout', 'stderr'] as const).flatMap((stream) => {
      const data = this.#add(stream, this.#decoders[stream].decode());
      return data === '' ? [] : [{ stream, data }];
    });
  }

  stage(ended: CompileResult, ending: Ending): PistonStage {
    return {
      ...this.#text,
      output: this.#both,
      ...ending,
      cpu_time: Math.round(ended.cpuTimeMs),
      wall_time: Math.round(ended.executionTimeMs),
      memory: ended.memoryUsedBytes,
    };
  }

  #add(stream: 'stdout' | 'stderr', text: string): string {
    this.#text[stream] += text;
    this.#both += text;
    return text;
  }
}
