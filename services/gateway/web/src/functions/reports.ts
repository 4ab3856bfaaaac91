// What this page shows: functions, or one of them, asked for again and again so that it follows what is reported.
import { effect, signal } from '@preact/signals';
import { ApiError, call } from '../session/api.ts';
import { apiKey } from '../session/key.ts';
import { pause } from '../session/pause.ts';
import type { FunctionDetails, FunctionSummary } from './wire.ts';

/** How far back the cold starts of one function are looked at, in hours. */
export const spans = [
  [24, 'last 24 hours'],
  [24 * 7, 'last 7 days'],
  [24 * 30, 'last 30 days'],
] as const;

export const spanHours = signal<number>(24 * 7);
/** Undefined until they were answered. */
export const functions = signal<readonly FunctionSummary[] | undefined>(undefined);
export const details = signal<FunctionDetails | undefined>(undefined);
/** Why there is no answer just now. */
export const problem = signal<string | undefined>(undefined);

const refreshMs = 30_000;
/** While there is nothing to show: somebody waits for a first report, or for the database. */
const waitingMs = 3_000;
const most = 1_000;

/** Asks with each new key and span, for one function where `id` is given, else for all. */
export function followReports(id: string | undefined): () => void {
  return effect(() => {
    void spanHours.value;
    problem.value = undefined;
    if (apiKey.value === undefined) {
      functions.value = undefined;
      details.value = undefined;
      return;
    }
    const end = new AbortController();
    void keepAsking(
      () => (id === undefined ? askForAll(end.signal) : askForOne(id, end.signal)),
      end.signal,
    );
    return () => end.abort();
  });
}

/** `ask` resolves with whether there was something to show. */
async function keepAsking(ask: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const isShown = await answered(ask, signal);
    await pause(isShown ? refreshMs : waitingMs, signal);
  }
}

async function answered(ask: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  try {
    const isShown = await ask();
    problem.value = undefined;
    return isShown;
  } catch (error) {
    if (signal.aborted) return false;
    if (!(error instanceof ApiError)) throw error;
    problem.value = error.message;
    return false;
  }
}

async function askForAll(signal: AbortSignal): Promise<boolean> {
  const answer = await call<{ readonly functions: readonly FunctionSummary[] }>(
    `/api/v1/functions?limit=${most}`,
    { signal },
  );
  functions.value = answer.functions;
  return answer.functions.length > 0;
}

async function askForOne(id: string, signal: AbortSignal): Promise<boolean> {
  const start = new Date(Date.now() - spanHours.peek() * 3_600_000).toISOString();
  const path = `/api/v1/functions/${encodeURIComponent(id)}?start=${encodeURIComponent(start)}`;
  details.value = await call<FunctionDetails>(path, { signal });
  return details.value.cold_starts > 0;
}
