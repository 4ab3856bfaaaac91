// Writes the tree of load times when the process ends.
import { builtin } from '../builtin.ts';
import { treeLines } from './print-tree.ts';
import { moduleReport } from './recording.ts';

const DEFAULT_COLUMNS = 100;

/** To stderr, once, also after an uncaught exception; worker threads print nothing. */
export function printAtExit(): void {
  if (!builtin('node:worker_threads').isMainThread) return;
  // Not since the process began: one that was started ahead has waited for its program.
  const fromMs = performance.now();
  process.once('exit', () => {
    try {
      const columns = process.stderr.columns || DEFAULT_COLUMNS;
      const passedMs = Math.round(performance.now() - fromMs);
      const ready = `modules loaded in ${passedMs} ms since the analyzer began:`;
      // Synchronous: nothing asynchronous happens any more.
      const lines = [ready, ...treeLines(moduleReport().details, columns)];
      builtin('node:fs').writeSync(2, `\n${lines.join('\n')}\n`);
    } catch {
      // A closed stderr is nobody's fault.
    }
  });
}
