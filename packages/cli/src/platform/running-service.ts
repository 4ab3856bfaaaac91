// One service process with its log and its readiness.
import { closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { OnEvent } from './events.ts';
import { openLog } from './log-files.ts';
import { lastWords, noteOf } from './log-line.ts';
import { tailLog } from './log-tail.ts';
import type { Command, ProcessExit } from './process-group.ts';
import { processOf } from './process-tree.ts';
import { readinessProblem } from './readiness.ts';
import { Supervised } from './supervised.ts';

export interface RunningService {
  readonly name: string;
  /** Of the service's own process, not of scripts around it; undefined while there is none. */
  pid(): number | undefined;
  /** To the service's own process. SIGKILL and SIGTERM count as crashes: it comes back. */
  signal(signal: NodeJS.Signals): void;
  /** Resolves when it answers that it is ready, after a lethal signal only once it has come back. */
  ready(signal?: AbortSignal): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
  kill(): void;
}

export interface RunServiceOptions {
  readonly name: string;
  readonly command: Command;
  /** The last argument of the service's own process, by which it is found. */
  readonly script: string;
  /** host:port of its /readyz. */
  readonly ops: string;
  readonly graceMs: number;
  readonly logFolder: string;
  readonly clock: Clock;
  readonly onEvent: OnEvent;
}

const readyWithinMs = 60_000;
const askEveryMs = 25;
/** A service that ends so often before it was ready is not going to be. */
const maxExitsBeforeReady = 3;

/** Starts a service, and again whenever it ends. */
export function runService(options: RunServiceOptions): RunningService {
  const { name, clock, onEvent, script } = options;
  const log = openLog(options.logFolder, name);
  const endTail = tailLog(log.path, clock, (line) => {
    const note = noteOf(line);
    if (note !== undefined) onEvent({ kind: 'note', name, ...note });
  });
  const supervised = new Supervised({
    ...options,
    logFile: log.fd,
    onCrash: (exit, restartInMs) =>
      onEvent({ kind: 'crashed', name, reason: reasonOf(exit), restartInMs }),
  });
  let exitsWanted = 0;
  let closed = false;
  const pid = () => {
    const outermost = supervised.pid;
    return outermost === undefined ? undefined : processOf(outermost, script);
  };
  const ready = (signal?: AbortSignal) =>
    untilReady({ ...options, supervised, log: log.path, exitsWanted, signal });
  onEvent({ kind: 'starting', name });
  supervised.start();
  return {
    name,
    pid,
    ready,
    signal(signal) {
      const target = pid();
      if (target === undefined) return;
      if (signal === 'SIGKILL' || signal === 'SIGTERM') exitsWanted = supervised.exits + 1;
      process.kill(target, signal);
    },
    async restart() {
      await supervised.stop();
      supervised.start();
      await ready();
    },
    async stop() {
      if (closed) return;
      closed = true;
      onEvent({ kind: 'stopping', name });
      await supervised.stop();
      endTail();
      closeSync(log.fd);
    },
    kill: () => supervised.kill(),
  };
}

interface Waiting extends RunServiceOptions {
  readonly supervised: Supervised;
  readonly log: string;
  readonly exitsWanted: number;
  readonly signal: AbortSignal | undefined;
}

async function untilReady(waiting: Waiting): Promise<void> {
  const { name, clock, supervised, ops, onEvent, signal } = waiting;
  const startedMs = clock.monotonicMs();
  const exitsAtStart = Math.max(supervised.exits, waiting.exitsWanted);
  for (;;) {
    signal?.throwIfAborted();
    const cameBack = supervised.exits >= waiting.exitsWanted && supervised.pid !== undefined;
    const problem = cameBack ? await readinessProblem(ops) : 'it has not come back yet';
    const afterMs = clock.monotonicMs() - startedMs;
    if (problem === undefined) return onEvent({ kind: 'ready', name, afterMs });
    const gaveUp = supervised.exits - exitsAtStart >= maxExitsBeforeReady;
    if (gaveUp || afterMs > readyWithinMs) throw notReady(waiting, gaveUp ? 'it ends' : problem);
    await new Promise<void>((resolve) => clock.after(askEveryMs, resolve));
  }
}

function notReady({ name, log }: Waiting, problem: string): PlatformError {
  const words = lastWords(readFileSync(log, 'utf8'));
  return new PlatformError(
    'unavailable',
    `${name} does not become ready: ${problem}. Its log, ${log}, ends with:\n${words}`,
  );
}

function reasonOf({ code, signal, error }: ProcessExit): string {
  if (error !== undefined) return error.message;
  return signal === null ? `exit code ${code}` : signal;
}

/** Where the logs of a data directory are. */
export function logFolderOf(dataDir: string): string {
  return join(dataDir, 'logs');
}
