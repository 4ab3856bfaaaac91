// The life of a service process, from its first line to its exit code.
import { channel } from 'node:diagnostics_channel';
import { flushCompileCache } from 'node:module';
import { ConfigError, loadConfig, processSettings, settings } from '@pilotlight/config';
import { PlatformError } from '@pilotlight/contracts';
import { createLogger, createMetrics, type Logger, type Metrics } from '@pilotlight/telemetry';
import { aborted } from './pause.ts';
import { Scope } from './scope.ts';
import { Startup } from './startup.ts';

/** What a service is given to start with. */
export interface ServiceContext {
  readonly logger: Logger;
  /** Of the process; how its start went is shown in it once it is ready. */
  readonly metrics: Metrics;
  /** Initialises what the start is made of, one component after the other or several at once. */
  readonly startup: Startup;
  /** Everything acquired goes here; it is released in reverse, also when the start fails half-way. */
  readonly scope: Scope;
  /** Aborts when the service is to end; a start in progress should then give up. */
  readonly signal: AbortSignal;
}

export interface RunOptions {
  /** How long an orderly end may take before the process exits with 1; 20 s unless given. */
  readonly graceMs?: number;
}

/**
 * Runs `start`, logs `ready`, and waits for SIGTERM, SIGINT, or, where PILOTLIGHT_SUPERVISED is
 * set, the end of stdin, which means that the supervisor is gone. Then it closes the scope and
 * exits: 0 after an orderly end; 1 where the start failed, something was not released cleanly or
 * in time, an error was caught by nobody, or a second signal came.
 */
export async function runService(
  name: string,
  start: (context: ServiceContext) => Promise<void>,
  options: RunOptions = {},
): Promise<never> {
  const startup = new Startup();
  const metrics = createMetrics(name);
  const { logLevel, supervised } = ownSettings();
  const pretty = process.stdout.isTTY === true;
  const logger = createLogger({ service: name, level: logLevel, pretty });
  exitOnUncaught(logger);
  const signal = stopSignal(logger, supervised);
  const scope = new Scope();
  const started = await begin({ logger, metrics, startup, scope, signal }, start);
  if (started) await aborted(signal);
  const graceMs = options.graceMs ?? 20_000;
  setTimeout(() => exit(logger, `did not end within ${graceMs} ms`), graceMs);
  const released = await release(scope, logger);
  logger.info('stopped');
  return process.exit(started && released ? 0 : 1);
}

/** What is wrong here is wrong in the service's own settings too, which report everything at once. */
function ownSettings() {
  const schema = settings(processSettings);
  try {
    return loadConfig(schema);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return loadConfig(schema, { env: {} });
    throw thrown;
  }
}

function exit(logger: Logger, reason: string): never {
  logger.fatal(reason);
  return process.exit(1);
}

/** Unhandled rejections arrive here as well. */
function exitOnUncaught(logger: Logger): void {
  process.on('uncaughtException', (error, origin) => {
    logger.fatal({ err: error, origin }, 'an error was caught by nobody');
    process.exit(1);
  });
}

function stopSignal(logger: Logger, supervised: boolean): AbortSignal {
  const stop = new AbortController();
  const stopFor = (reason: string) => {
    if (stop.signal.aborted) return;
    logger.info({ reason }, 'stopping');
    stop.abort(new PlatformError('cancelled', `The service is stopping: ${reason}.`));
  };
  let signalled = false;
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (signalled) exit(logger, `forced by a second signal (${name})`);
      signalled = true;
      stopFor(name);
    });
  }
  if (supervised) {
    const supervisorGone = () => stopFor('the supervisor is gone');
    process.stdin.on('end', supervisorGone).on('error', supervisorGone).resume();
  }
  return stop.signal;
}

/** False where the start failed; a start that gave up because it was told to did not fail. */
async function begin(
  context: ServiceContext,
  start: (context: ServiceContext) => Promise<void>,
): Promise<boolean> {
  const { logger, metrics, startup, signal } = context;
  try {
    await start(context);
    startup.show(metrics);
    const overdue = startup.overdue();
    const startupMs = Math.round(performance.now());
    if (!signal.aborted) {
      logger.info({ startupMs, ...(overdue.length > 0 && { overdue }) }, 'ready');
      // For who was preloaded to hear it, such as the analyzer.
      channel('pilotlight.ready').publish({});
      await startup.complete(logger);
    }
    // Now rather than at the end: what is killed would never write it. Nothing where nothing was compiled.
    flushCompileCache();
    return true;
  } catch (thrown) {
    const error = PlatformError.from(thrown);
    if (signal.aborted && error.code === 'cancelled') return true;
    // Expected faults say it all in their message; a fault of the code needs its stack.
    const expected = thrown instanceof ConfigError || thrown instanceof PlatformError;
    logger.fatal(expected ? {} : { err: thrown }, `did not start: ${error.message}`);
    return false;
  }
}

async function release(scope: Scope, logger: Logger): Promise<boolean> {
  try {
    await scope.close();
    return true;
  } catch (thrown) {
    const causes = thrown instanceof AggregateError ? thrown.errors : [thrown];
    for (const err of causes) logger.error({ err }, 'not everything was released cleanly');
    return false;
  }
}
