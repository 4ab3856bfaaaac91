// What the measurements of a finished compile stage mean: for the stage, and for the execution.
import { judge, type Observation, type RunLimits, type Verdict } from './verdict.ts';

export interface CompileVerdict {
  /** How the stage ended: `completed` whatever its exit code, or what ended it. */
  readonly stage: Verdict;
  /** The end of the whole execution; undefined where its program is run now. */
  readonly execution: Verdict | undefined;
}

/**
 * `goesOn`: the runner waits for the word to start the program. What stopped the compiler makes the
 * execution a `compile_error`, except what is nothing of its own: a cancel and a fault of the platform.
 */
export function judgeCompile(
  seen: Observation & { readonly goesOn: boolean },
  limits: RunLimits,
): CompileVerdict {
  const stage = judge(seen, limits);
  if (stage.status === 'completed' && stage.exitCode === 0 && seen.goesOn) {
    return { stage, execution: undefined };
  }
  const isItsOwn = stage.status !== 'cancelled' && stage.status !== 'platform_error';
  const execution: Verdict = {
    status: isItsOwn ? 'compile_error' : stage.status,
    exitCode: -1,
    signal: '',
    message: messageOf(stage),
    retryable: stage.retryable,
  };
  return { stage, execution };
}

function messageOf({ status, exitCode, message, signal }: Verdict): string {
  switch (status) {
    case 'completed':
      return exitCode === 0
        ? 'The compile stage ended before the program could be started.'
        : `The compiler exited with ${exitCode}.`;
    case 'failed':
      return `The compiler died of ${signal}.`;
    case 'cancelled':
      return 'It was cancelled while it was compiled.';
    case 'platform_error':
      return 'Its sandbox went away while it was compiled.';
    default:
      return `While it was compiled, ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
  }
}
