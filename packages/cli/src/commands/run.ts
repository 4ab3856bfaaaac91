// pilotlight run: code from a file or standard input, in a fresh sandbox.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Pilotlight, RunOutcome, RunRequest } from '@pilotlight/client';
import { limits, PlatformError, type Priority, priorities } from '@pilotlight/contracts';
import { type Command, Option } from 'commander';
import { exitCodeOfRun, exitCodesHelp } from '../exit-codes.ts';
import { languageOf } from '../language.ts';
import { wholeNumber } from '../numbers.ts';
import { type CommonOptions, note, printJson, printLine, withSession } from '../session.ts';

interface RunOptions extends CommonOptions {
  readonly language?: string;
  readonly stdin?: string;
  readonly arg?: string[];
  readonly priority?: Priority;
  readonly timeout?: number;
  readonly memory?: number;
  readonly version?: string;
  readonly user: string;
  readonly detach?: boolean;
}

const help = `
Examples:
  pilotlight run hello.py
  pilotlight run count.js --arg 3 --timeout 5
  echo 'print(6 * 7)' | pilotlight run - --language python
  pilotlight run sum.py --stdin numbers.txt --json

${exitCodesHelp}`;

export function addRun(program: Command): void {
  const { timeoutSeconds: timeout, memoryMb: memory } = limits;
  program
    .command('run')
    .description('Run a file once in a fresh sandbox and show what it writes')
    .argument('<file>', 'source file; - reads it from standard input')
    .option('-l, --language <name>', 'by default told by the file name')
    .option('--stdin <file>', 'what the program reads; - passes standard input on')
    .option('-a, --arg <text>', 'an argument for the program; may be repeated', collected)
    .addOption(new Option('-p, --priority <level>', 'who goes first').choices(priorities))
    .option(
      '-t, --timeout <seconds>',
      `${timeout.min} to ${timeout.max}, default ${timeout.default}`,
      wholeNumber(timeout.min, timeout.max),
    )
    .option(
      '-m, --memory <mb>',
      `${memory.min} to ${memory.max}, default ${memory.default}`,
      wholeNumber(memory.min, memory.max),
    )
    .option('--version <selector>', 'version of the language')
    .option('-u, --user <id>', 'on whose behalf', userInfo().username)
    .option('-d, --detach', 'print the id and do not wait')
    .option('--json', 'print the result as one JSON object')
    .addHelpText('after', help)
    .action(async (file: string, _, command: Command) => {
      const options: RunOptions = command.optsWithGlobals();
      process.exitCode = await withSession(options, ({ client }) =>
        options.detach === true ? submit(client, file, options) : run(client, file, options),
      );
    });
}

function collected(text: string, before: string[] = []): string[] {
  return [...before, text];
}

async function submit(client: Pilotlight, file: string, options: RunOptions): Promise<number> {
  const accepted = await client.submit(await requestOf(file, options));
  if (options.json) {
    printJson({ execution_id: accepted.executionId, status: accepted.status });
  } else {
    printLine(accepted.executionId);
  }
  return 0;
}

async function run(client: Pilotlight, file: string, options: RunOptions): Promise<number> {
  const request = await requestOf(file, options);
  const { id } = request;
  process.once('SIGINT', () => {
    note('Cancelling; once more to leave it running.');
    client.cancel(id).catch((error: Error) => note(error.message));
  });
  const streamed = options.json
    ? {}
    : {
        onStdout: (piece: Uint8Array) => void process.stdout.write(piece),
        onStderr: (piece: Uint8Array) => void process.stderr.write(piece),
        onRestart: (attempt: number) => note(`Attempt ${attempt}: its output starts again.`),
      };
  const outcome = await client.run(request, streamed);
  if (options.json) printJson(await jsonOf(outcome));
  else if (outcome.status !== 'completed') note(summaryOf(outcome));
  return exitCodeOfRun({ ...outcome.result, status: outcome.status });
}

async function requestOf(
  file: string,
  options: RunOptions,
): Promise<RunRequest & { readonly id: string }> {
  const language = options.language ?? languageOf(file);
  if (language === undefined) {
    const which = file === '-' ? 'code from standard input' : basename(file);
    throw new PlatformError(
      'invalid_argument',
      `The language of ${which} is not known. Name it with --language.`,
    );
  }
  if (file === '-' && options.stdin === '-') {
    throw new PlatformError(
      'invalid_argument',
      'Standard input is the program already. Give --stdin a file.',
    );
  }
  const { stdin, arg, priority, timeout, memory, version } = options;
  return {
    id: randomUUID(),
    language,
    userId: options.user,
    code: await contentOf(file),
    ...(stdin !== undefined && { stdin: await contentOf(stdin) }),
    ...(arg && { args: arg }),
    ...(priority && { priority }),
    ...(timeout !== undefined && { timeoutSeconds: timeout }),
    ...(memory !== undefined && { memoryMb: memory }),
    ...(version !== undefined && { version }),
  };
}

async function contentOf(file: string): Promise<Uint8Array> {
  if (file === '-') return buffer(process.stdin);
  try {
    return await readFile(file);
  } catch (error) {
    const { message } = error as NodeJS.ErrnoException;
    throw new PlatformError('not_found', `${file} cannot be read: ${message}`, { cause: error });
  }
}

/** The contract's result with the whole output as text. */
async function jsonOf(outcome: RunOutcome): Promise<unknown> {
  const { ExecutionResult } = await import('@pilotlight/contracts');
  const { stdout, stderr, result } = outcome;
  return { ...Object(ExecutionResult.toJSON(result)), stdout, stderr };
}

function summaryOf({ status, result }: RunOutcome): string {
  const signal = result.signal === '' ? '' : ` (${result.signal})`;
  const message = result.message === '' ? '' : `: ${result.message}`;
  const again = result.retryable ? ' Trying again may help.' : '';
  return `${status}${signal}${message}${again}`;
}
