// The live feed of the gateway, over a fetch that carries the key in a header; connects again by itself.
import { ApiError, request } from '../session/api.ts';
import { pause } from '../session/pause.ts';
import { EventReader, type ServerEvent } from './events.ts';

export interface FeedEvents {
  readonly event: (event: ServerEvent) => void;
  /** At each connection; what happened before it has to be asked for. */
  readonly opened: () => void;
  /** `problem` is for people. Another try follows unless the key is not taken. */
  readonly closed: (problem: string) => void;
}

const firstRetryMs = 500;
const lastRetryMs = 10_000;

/** The gateway says something at least every 15 s: silence means that the connection is dead. */
const silenceMs = 40_000;

/** Until `signal` aborts, or the key is refused. */
export async function readFeed(on: FeedEvents, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await readOnce(on, signal, () => {
        failures = 0;
      });
      on.closed('The feed ended.');
    } catch (error) {
      if (signal.aborted) return;
      on.closed(error instanceof ApiError ? error.message : 'The connection broke.');
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) return;
    }
    await pause(Math.min(lastRetryMs, firstRetryMs * 2 ** failures), signal);
  }
}

async function readOnce(on: FeedEvents, signal: AbortSignal, onLife: () => void): Promise<void> {
  const silence = new AbortController();
  const until = AbortSignal.any([signal, silence.signal]);
  const response = await request('/api/v1/feed', { accept: 'text/event-stream', signal: until });
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const events = new EventReader();
  on.opened();
  for (;;) {
    const timer = setTimeout(() => silence.abort(), silenceMs);
    try {
      const { done, value } = await reader.read();
      if (done) return;
      onLife();
      for (const event of events.read(value)) on.event(event);
    } finally {
      clearTimeout(timer);
    }
  }
}
