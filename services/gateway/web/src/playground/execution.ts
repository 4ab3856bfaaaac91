// The execution that the page shows: starts it, follows it, cancels it.
import { computed, signal } from '@preact/signals';
import { ApiError, call } from '../session/api.ts';
import { dropKey } from '../session/key.ts';
import { type FollowEvents, type Following, follow, keyRefusedCode } from './follow.ts';
import { OutputLog, type Piece } from './output-log.ts';
import { type Project, splitArgs } from './project.ts';
import type { Accepted, InputFrame, Result } from './wire.ts';

/** `sending` until it is accepted; `failed` where its end will never be known here. */
export type RunState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'sending' }
  | { readonly kind: 'queued'; readonly estimatedWaitMs: number }
  | { readonly kind: 'running'; readonly since: number }
  | { readonly kind: 'ended'; readonly result: Result }
  | { readonly kind: 'failed'; readonly problem: string };

export const run = signal<RunState>({ kind: 'idle' });
export const isConnected = signal(true);
/** Above 1 where the platform had to run it again. */
export const attempt = signal(1);
/** Whether the run at hand takes input. */
export const takesInput = signal(false);
/** Changes with each run; output of the current one, whole. */
export const log = signal(new OutputLog());

export const isBusy = computed(() => ['sending', 'queued', 'running'].includes(run.value.kind));

/** Where output goes: one screen, or none yet. */
export interface Screen {
  append(pieces: readonly Piece[]): void;
  clear(): void;
}

let screen: Screen | undefined;
let following: Following | undefined;
let executionId: string | undefined;
let isCancelled = false;

export function showOn(shown: Screen | undefined): void {
  screen = shown;
}

/** Runs a project in place of what ran before. */
export async function start(project: Project, isInteractive: boolean): Promise<void> {
  if (isBusy.peek()) return;
  following?.stop();
  executionId = undefined;
  isCancelled = false;
  attempt.value = 1;
  takesInput.value = isInteractive;
  isConnected.value = true;
  forgetOutput();
  run.value = { kind: 'sending' };
  try {
    const accepted = await call<Accepted>('/api/v1/execute', {
      method: 'POST',
      body: {
        language: project.language,
        files: project.files,
        stdin: project.stdin,
        args: splitArgs(project.args),
        ...(isInteractive && { interactive: true }),
      },
    });
    executionId = accepted.execution_id;
    run.value = { kind: 'queued', estimatedWaitMs: accepted.estimated_wait_ms ?? 0 };
    following = followAccepted(accepted);
    if (isCancelled) await cancel();
  } catch (error) {
    fail(error);
  }
}

/** Also while it is being sent. */
export async function cancel(): Promise<void> {
  isCancelled = true;
  if (executionId === undefined) return;
  try {
    await call(`/api/v1/executions/${encodeURIComponent(executionId)}`, { method: 'DELETE' });
  } catch (error) {
    // It may have ended in the meantime, which its socket tells.
    if (isBusy.peek()) note(error instanceof Error ? error.message : String(error));
  }
}

/** Writes to its standard input, and shows what was written. */
export function sendText(text: string): void {
  if (!sendFrame({ type: 'stdin', data: text })) return;
  screen?.append([{ kind: 'echo', stage: 'run', text, style: {} }]);
}

/** Says so where there is no connection to send it on. */
export function sendFrame(frame: InputFrame): boolean {
  const isSent = following?.send(frame) ?? false;
  if (!isSent) note('Not sent: there is no connection just now.');
  return isSent;
}

function followAccepted({ websocket_url: path }: Accepted): Following {
  const address = new URL(path, location.href);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return follow({
    open(from, ticket, on) {
      const url = new URL(address);
      url.searchParams.set('from', String(from));
      url.searchParams.set('ticket', ticket);
      const socket = new WebSocket(url);
      socket.onmessage = ({ data }) => on.message(String(data));
      socket.onclose = ({ code }) => on.close(code);
      return socket;
    },
    ticket: async () =>
      (await call<{ readonly ticket: string }>('/api/v1/tickets', { method: 'POST' })).ticket,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    isPassing: (error) =>
      error instanceof ApiError &&
      (error.status === 0 || error.status === 429 || error.status >= 500),
    on: events,
  });
}

const events: FollowEvents = {
  status({ status, estimated_wait_ms: wait }) {
    if (status === 'queued') run.value = { kind: 'queued', estimatedWaitMs: wait ?? 0 };
    if (status === 'running' && run.peek().kind !== 'running') {
      run.value = { kind: 'running', since: performance.now() };
    }
  },
  output(frame) {
    if (run.peek().kind === 'queued') run.value = { kind: 'running', since: performance.now() };
    screen?.append(log.peek().add(frame));
  },
  restarted(number) {
    attempt.value = number;
    if (log.peek().parts.length > 0) forgetOutput();
  },
  truncated() {
    note('Some output was written faster than it could be sent here.');
  },
  complete(result) {
    isConnected.value = true;
    run.value = { kind: 'ended', result };
  },
  failed(problem, closeCode) {
    run.value = { kind: 'failed', problem };
    if (closeCode === keyRefusedCode) dropKey(problem);
  },
  connected(now) {
    isConnected.value = now;
  },
};

function fail(error: unknown): void {
  run.value = { kind: 'failed', problem: error instanceof Error ? error.message : String(error) };
}

function note(text: string): void {
  screen?.append([{ kind: 'note', stage: 'run', text: `\n${text}\n`, style: {} }]);
}

function forgetOutput(): void {
  log.value = new OutputLog();
  screen?.clear();
}
