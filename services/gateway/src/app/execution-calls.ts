// What the use cases here ask of the scheduler.
import type {
  Execution,
  ExecutionEvent,
  SubmitRequest,
  SubmitResponse,
} from '@pilotlight/contracts';

/** In whose name and for how long; handed on as it came, but for the signal. */
export interface Call {
  readonly signal?: AbortSignal;
}

export interface ExecutionCalls {
  submit(request: SubmitRequest, call: Call): Promise<SubmitResponse>;
  getExecution(ref: { readonly executionId: string }, call: Call): Promise<Execution>;
  /** Ends with the result. */
  watchOutput(
    request: { readonly executionId: string; readonly fromSequence: number },
    call: Call,
  ): AsyncIterable<ExecutionEvent>;
}
