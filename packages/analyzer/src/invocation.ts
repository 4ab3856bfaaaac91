// One call of the function, from its beginning to its report. Nothing here throws: a fault of the SDK
// costs the report, never the call.
import { functionFacts, memoryUsedMb } from './config/function-facts.ts';
import type { Settings } from './config/settings.ts';
import { flushAtExit } from './exit-flush.ts';
import { harmless } from './harmless.ts';
import { nextInvocationId } from './invocation-id.ts';
import { endRecording, moduleReport, watchFirstCall } from './modules/recording.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { recordOf } from './record.ts';
import { send } from './send.ts';
import { sharedState } from './shared-state.ts';
import { initDurationMs, takeFirstCall } from './start-clock.ts';
import { warnOnce } from './warning.ts';

export interface Invocation {
  /**
   * The function has answered or failed; only the first call of `end` counts. The promise settles when
   * nothing more is to be sent, after the timeout at the latest; undefined: nothing is to be waited for.
   */
  end(): Promise<void> | undefined;
  hasEnded(): boolean;
}

/** Undefined where this call is not reported. `context` is Lambda's, or whatever else was passed. */
export function beginInvocation(settings: Settings, context: unknown): Invocation | undefined {
  return harmless(() => {
    // Cold starts are sampled like all others, so that their part of all reports stays true.
    const first = takeFirstCall();
    const initMs = first ? initDurationMs() : undefined;
    // Also where it is not reported, because it ends the timing of modules.
    const watch = first ? harmless(watchFirstCall) : undefined;
    if (Math.random() >= settings.sampleRate) {
      watch?.end();
      return undefined;
    }
    const timestamp = new Date().toISOString();
    const beganMs = performance.now();
    let ended: { readonly sent: Promise<void> | undefined } | undefined;
    const report = (): Promise<void> | undefined => {
      const executionMs = performance.now() - beganMs;
      harmless(() => watch?.end());
      const outbox = outboxFor(settings);
      outbox.add(
        recordOf({
          invocationId: nextInvocationId(),
          facts: functionFacts(textOf(context, 'functionName')),
          requestId: textOf(context, 'awsRequestId'),
          timestamp,
          executionMs,
          memoryUsedMb: memoryUsedMb(),
          initMs,
        }),
        first ? modulesOfRecord : undefined,
      );
      return sendWhatIsDue(outbox, settings.timeoutMs, context);
    };
    return {
      end() {
        ended ??= { sent: harmless(report) };
        return ended.sent;
      },
      hasEnded: () => ended !== undefined,
    };
  });
}

/** A process without calls is ready: one report with its start and its modules. */
export async function reportProcessStart(settings: Settings): Promise<void> {
  const initMs = performance.now();
  if (!takeFirstCall()) return;
  harmless(endRecording);
  if (Math.random() >= settings.sampleRate) return;
  const outbox = outboxFor(settings);
  outbox.add(
    recordOf({
      invocationId: nextInvocationId(),
      facts: functionFacts(undefined),
      requestId: undefined,
      timestamp: new Date().toISOString(),
      executionMs: 0,
      memoryUsedMb: memoryUsedMb(),
      initMs,
    }),
    modulesOfRecord,
  );
  await sendWhatIsDue(outbox, settings.timeoutMs, undefined);
}

/** What the modules of a cold start add to its record. */
function modulesOfRecord() {
  const modules = harmless(moduleReport);
  return modules === undefined
    ? {}
    : { module_timings: modules.timings, module_details: modules.details };
}

function outboxFor(settings: Settings): Outbox {
  const state = sharedState();
  state.outboxes ??= new Map();
  const { endpoint, apiKey, timeoutMs } = settings;
  const address = `${JSON.stringify(endpoint)} ${apiKey}`;
  let outbox = state.outboxes.get(address);
  if (outbox === undefined) {
    outbox = createOutbox({
      post: (path, makeBody, atMostMs) => send(settings, path, makeBody, atMostMs),
      warn: (text) => warnOnce('sending', text.replaceAll(apiKey, '(key)')),
      now: () => performance.now(),
      timeoutMs,
    });
    state.outboxes.set(address, outbox);
  }
  return outbox;
}

function sendWhatIsDue(
  outbox: Outbox,
  timeoutMs: number,
  context: unknown,
): Promise<void> | undefined {
  const atMostMs = Math.min(timeoutMs, remainingMs(context) - marginMs);
  const sent = atMostMs < 1 ? undefined : outbox.sendIfDue(atMostMs);
  if (outbox.size() > 0) flushAtExit(timeoutMs);
  return sent?.catch(() => undefined);
}

/** What Lambda is left with to answer before it ends the call for taking too long. */
const marginMs = 50;

function remainingMs(context: unknown): number {
  const remaining = harmless(() =>
    (
      context as { getRemainingTimeInMillis?: () => unknown } | undefined
    )?.getRemainingTimeInMillis?.(),
  );
  return typeof remaining === 'number' && !Number.isNaN(remaining) ? remaining : Infinity;
}

function textOf(context: unknown, name: string): string | undefined {
  const value = harmless(() => (context as Record<string, unknown> | undefined)?.[name]);
  return typeof value === 'string' ? value : undefined;
}
