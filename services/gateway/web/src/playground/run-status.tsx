// How the run is doing, in one line that is read out when it changes.
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { duration, size, words } from '../frame/figures.ts';
import { attempt, isConnected, type RunState, run } from './execution.ts';
import type { CompileResult, Result } from './wire.ts';

export function RunStatus() {
  const state = run.value;
  return (
    <div class="run-status">
      <p role="status" aria-live="polite">
        <span class={`badge ${toneOf(state)}`} data-testid="status">
          {labelOf(state)}
        </span>
        {!isConnected.value && (
          <span class="badge warn" data-testid="reconnecting">
            reconnecting…
          </span>
        )}
        {attempt.value > 1 && <span class="badge warn">attempt {attempt.value}</span>}
      </p>
      {state.kind === 'running' && <Elapsed since={state.since} />}
    </div>
  );
}

/** Exit code, times and memory; of the compile stage apart. */
export function RunFigures() {
  const state = run.value;
  if (state.kind === 'failed') {
    return (
      <p class="problem run-problem" role="alert">
        {state.problem}
      </p>
    );
  }
  if (state.kind !== 'ended') return null;
  const { result } = state;
  return (
    <div class="figures" data-testid="figures">
      {result.message !== '' && <p class="run-message">{result.message}</p>}
      {result.compile !== null && <Stage name="Compile" stage={result.compile} />}
      {!(result.status === 'compile_error') && <Stage name="Run" stage={result} />}
    </div>
  );
}

function Stage({ name, stage }: { readonly name: string; readonly stage: CompileResult }) {
  const end = stage.signal === null ? String(stage.exit_code) : stage.signal;
  const rows = [
    [stage.signal === null ? 'Exit code' : 'Signal', end],
    ['Wall', duration(stage.execution_time_ms)],
    ['CPU', duration(stage.cpu_time_ms)],
    ['Memory', size(stage.memory_used_bytes)],
  ] as const;
  return (
    <dl class="stage" aria-label={name} data-testid={name.toLowerCase()}>
      <div class="stage-name">{name}</div>
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Counts while it runs; not read out. */
function Elapsed({ since }: { readonly since: number }) {
  const now = useSignal(performance.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = performance.now();
    }, 100);
    return () => clearInterval(timer);
  }, []);
  return (
    <span class="elapsed" aria-hidden="true">
      {(Math.max(0, now.value - since) / 1_000).toFixed(1)} s
    </span>
  );
}

function labelOf(state: RunState): string {
  switch (state.kind) {
    case 'idle':
      return 'ready';
    case 'sending':
      return 'sending…';
    case 'queued':
      return state.estimatedWaitMs > 0
        ? `queued, about ${duration(state.estimatedWaitMs)}`
        : 'queued';
    case 'running':
      return 'running';
    case 'ended':
      return endOf(state.result);
    case 'failed':
      return 'not run to its end';
  }
}

function endOf({ status, exit_code: exitCode }: Result): string {
  return status === 'completed' && exitCode !== 0
    ? `completed with exit code ${exitCode}`
    : words(status);
}

function toneOf(state: RunState): string {
  switch (state.kind) {
    case 'idle':
      return '';
    case 'failed':
      return 'bad';
    case 'ended':
      if (state.result.status !== 'completed') {
        return state.result.status === 'cancelled' ? 'warn' : 'bad';
      }
      return state.result.exit_code === 0 ? 'good' : 'warn';
    default:
      return 'busy';
  }
}
