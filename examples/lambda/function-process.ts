// One function in a process of its own, as Lambda runs it: its environment, frozen between two events,
// told to end by SIGTERM.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { currentNode, type NodeProgram } from './nodes.ts';
import { type Answer, createRuntimeApi } from './runtime-api.ts';

/** LAMBDA_TASK_ROOT of every function here. */
export const taskRoot = import.meta.dirname;
const runtimeFolder = join(taskRoot, 'runtime');

const memoryMb = 512;
const timeoutMs = 30_000;
/** What Lambda gives a function with an extension between SIGTERM and SIGKILL. */
const shutdownMs = 2_000;
const keptLogCharacters = 16_384;

export interface FunctionOptions {
  /** `folder/file.export` below the task root. */
  readonly handler: string;
  /** Name that it reports as. */
  readonly name: string;
  /** Unset: the Node that runs this. */
  readonly node?: NodeProgram | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

export interface StartedFunction {
  /** Undefined where the program could not be spawned. */
  readonly pid: number | undefined;
  /** Milliseconds from the spawn to the end of init; rejects where init fails. */
  readonly initMs: Promise<number>;
  /** `sinceStartMs`: from the spawn to the end of the answer. Rejects when the process ends. */
  invoke(event: unknown): Promise<Answer & { readonly sinceStartMs: number }>;
  /** What it wrote last, both streams. */
  logs(): string;
  /** Resolves when the process is gone. Idempotent. */
  stop(): Promise<void>;
}

/** Resolves as soon as the process is spawned; an event that waits for its init is the cold start. */
export async function startFunction(options: FunctionOptions): Promise<StartedFunction> {
  const { handler, name, node = currentNode } = options;
  // A process that is stopped before it has taken its SIGTERM would wait for SIGKILL.
  let isEnding = false;
  const api = await createRuntimeApi({
    functionName: name,
    timeoutMs,
    onIdle: () => isEnding || child.kill('SIGSTOP'),
    onWork: () => child.kill('SIGCONT'),
  });
  const env = {
    ...environmentOf(name, handler),
    AWS_LAMBDA_RUNTIME_API: api.address,
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${node.major}.x`,
    ...options.env,
  };
  const startedAt = performance.now();
  const child = spawn(node.path, [join(runtimeFolder, 'bootstrap.mjs')], {
    cwd: taskRoot,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = `${log}${text}`.slice(-keptLogCharacters);
    });
  }
  const ended = once(child, 'close').finally(() => {
    api.close(new Error(`${name} has ended (${child.exitCode ?? child.signalCode}): ${log}`));
  });
  ended.catch(() => {});
  return {
    pid: child.pid,
    initMs: api.initialised.then((at) => at - startedAt),
    async invoke(event) {
      const answer = await api.invoke(event);
      return { ...answer, sinceStartMs: answer.answeredAt - startedAt };
    },
    logs: () => log,
    async stop() {
      isEnding = true;
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const overdue = setTimeout(() => child.kill('SIGKILL'), shutdownMs);
      await ended.finally(() => clearTimeout(overdue));
    },
  };
}

/** Credentials are made up: nothing here talks to AWS. */
function environmentOf(name: string, handler: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    _HANDLER: handler,
    LAMBDA_TASK_ROOT: taskRoot,
    LAMBDA_RUNTIME_DIR: runtimeFolder,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'local',
  };
}
