// What `pilotlight up` does, from the first line to the exit code. The supervisor itself never
// loads gRPC: the demonstration is a process of its own.
import { inheritedEnvironment } from '@pilotlight/config';
import { dataDirectory } from '../data-dir.ts';
import { milliseconds } from '../format/quantities.ts';
import type { OnEvent } from '../platform/events.ts';
import { apiKeyFileOf } from '../platform/own-key.ts';
import { type Platform, type PlatformOptions, startPlatform } from '../platform/platform.ts';
import { logFolderOf } from '../platform/running-service.ts';
import { StatusLine } from '../status-line.ts';
import { runDemo } from './demo-process.ts';
import { Reporter } from './reporter.ts';
import { type StopRequest, stopRequest } from './stop-request.ts';

export interface UpOptions
  extends Pick<
    PlatformOptions,
    'port' | 'httpPort' | 'driver' | 'profile' | 'templates' | 'weakLimits' | 'logLevel'
  > {
  readonly dataDir?: string;
  readonly once?: boolean;
  readonly demo: boolean;
}

/** Resolves with the exit code once everything is stopped again. */
export async function up(options: UpOptions): Promise<number> {
  const reporter = new Reporter(new StatusLine(process.stdout));
  const request = stopRequest();
  const dataDir = dataDirectory(options.dataDir);
  const startedMs = performance.now();
  const platform = await startOrGiveUp({ ...options, dataDir }, reporter, request);
  if (platform === undefined) return 0;
  request.onForce(() => {
    platform.kill();
    process.exit(1);
  });
  reporter.say(`All services ready after ${milliseconds(performance.now() - startedMs)}`);
  try {
    return await serve(platform, { ...options, dataDir }, reporter, request);
  } finally {
    reporter.stopping();
    await platform.stop();
    reporter.say('Stopped.');
  }
}

/** Undefined where the user changed their mind meanwhile. */
async function startOrGiveUp(
  options: UpOptions & { readonly dataDir: string },
  reporter: Reporter,
  { signal }: StopRequest,
): Promise<Platform | undefined> {
  try {
    const analyze = inheritedEnvironment()['ANALYZE'] === '1';
    const onEvent: OnEvent = (event) => reporter.onEvent(event);
    return await startPlatform({ ...options, analyze, signal, onEvent });
  } catch (error) {
    reporter.clear();
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function serve(
  platform: Platform,
  options: UpOptions & { readonly dataDir: string },
  reporter: Reporter,
  { signal, requested }: StopRequest,
): Promise<number> {
  const demonstrated = await runDemo(options.dataDir, { onlyWait: !options.demo }, signal);
  if (options.once === true || signal.aborted) return demonstrated || signal.aborted ? 0 : 1;
  const { apiKey, grpc, http, nats } = platform.endpoints;
  reporter.say(`Pages  ${http}/#key=${apiKey}
REST   ${http}/api/v1 (described at ${http}/docs; key: ${apiKeyFileOf(options.dataDir)})
gRPC   ${grpc} (the same key)
NATS   ${nats.url} (credentials: ${options.dataDir}/endpoints.json)
logs   ${logFolderOf(options.dataDir)}
Try:   npm run pilotlight -- run FILE
Serving until Ctrl-C.`);
  await requested;
  return 0;
}
