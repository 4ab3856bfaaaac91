// The SDK's public interface. Importing it begins to time what is loaded afterwards.
import { readSettings, type Settings, switchedOff } from './config/settings.ts';
import { readTimingSettings } from './config/timing-settings.ts';
import { harmless } from './harmless.ts';
import { reportProcessStart } from './invocation.ts';
import { endRecording, recordModules } from './modules/recording.ts';
import { sharedState } from './shared-state.ts';
import { noteWrapped } from './start-clock.ts';
import type { AnalyzeOptions, LambdaHandler } from './types.ts';
import { warnOnce } from './warning.ts';
import { wrapHandler } from './wrap.ts';

export type { AnalyzeOptions, LambdaHandler } from './types.ts';

if (!switchedOff()) harmless(recordModules);

/**
 * Wraps a Lambda handler, so that each of its calls is reported, the first with the times of the modules
 * that were loaded for it. Answers and failures are the handler's own; sending delays an answer by at
 * most `timeout`. Never throws; where the SDK is off, the handler comes back as it is.
 */
export function analyze<Handler extends LambdaHandler>(
  handler: Handler,
  options?: AnalyzeOptions,
): Handler {
  const wrapped = harmless(() => {
    const settings = settingsOf(options);
    if (settings === undefined || typeof handler !== 'function') {
      endUnlessWrapped();
      return handler;
    }
    noteWrapped();
    return wrapHandler(handler, settings) as Handler;
  });
  return wrapped ?? handler;
}

/**
 * For a program without a handler, once it is ready: one report of how long the process took until now,
 * and of its modules. Resolves when it was sent or given up, after `timeout` at the latest; never rejects.
 * The second call in a process does nothing.
 */
export async function reportStart(options?: AnalyzeOptions): Promise<void> {
  try {
    const settings = settingsOf(options);
    if (settings !== undefined) await reportProcessStart(settings);
  } catch {
    // A program does not fail because its start could not be told.
  }
}

/** What is off here may be on for the next handler of the same file, or printed in the end. */
function endUnlessWrapped(): void {
  if (readTimingSettings().printAtExit) return;
  setImmediate(() => {
    if (sharedState().start?.wrapped === undefined) harmless(endRecording);
  }).unref();
}

function settingsOf(options: AnalyzeOptions | undefined): Settings | undefined {
  const { settings, problems } = readSettings(options);
  if (problems.length > 0) warnOnce('configuration', problems.join('; '));
  return settings;
}
