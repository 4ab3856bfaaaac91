// How a program ended, from what the init in its sandbox reports (see templates/init.sh).
import { constants } from 'node:os';
import type { ExitStatus } from './driver.ts';

/** Where two names share a number (SIGABRT, SIGIOT), the first is the usual one. */
const signalNames = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
);

/** What is said of a program that was killed together with its init. */
export const killed: ExitStatus = { kind: 'signalled', signal: 'SIGKILL' };

/** Reads one line, `exit CODE` or `signal 128+NUMBER`; undefined if it is neither. */
export function parseExitReport(line: string): ExitStatus | undefined {
  const match = /^(exit|signal) (\d{1,3})$/.exec(line);
  if (match === null) return undefined;
  const code = Number(match[2]);
  if (match[1] === 'exit') return { kind: 'exited', code };
  return { kind: 'signalled', signal: signalNames.get(code - 128) ?? `SIG${code - 128}` };
}
