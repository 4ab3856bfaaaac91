// What both register entries do.
import { switchedOff } from './config/settings.ts';
import { readTimingSettings } from './config/timing-settings.ts';
import { printAtExit } from './modules/print-at-exit.ts';
import type { MoreHooks } from './modules/recorder.ts';
import { recordModules } from './modules/recording.ts';

/** Never throws: whatever is wrong, the program itself starts. */
export function preload(more: MoreHooks): void {
  if (switchedOff()) return;
  try {
    recordModules(more);
    if (readTimingSettings().printAtExit) printAtExit();
  } catch {
    // Nothing is timed, then.
  }
}
