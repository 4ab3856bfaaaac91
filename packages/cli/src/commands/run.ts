// pilotlight run: code from files, a folder or standard input, in a fresh sandbox.
import { userInfo } from 'node:os';
import { styleText } from 'node:util';
import type { Pilotlight, RunListeners, RunOutcome } from '@pilotlight/client';
import { limits, priorities } from '@pilotlight/contracts';
import { type Command, Option } from 'commander';
import { exitCodeOfRun, exitCodesHelp } from '../exit-codes.ts';
import { type Interaction, interact } from '../interactive-run.ts';
import { wholeNumber } from '../numbers.ts';
import { type RunOptions, requestOf } from '../run-request.ts';
import { note, printJson, printLine, withSession } from '../session.ts';

const help = `
Examples:
  pilotlight run hello.py
  pilotlight run count.js --arg 3 --timeout 5
  pilotlight run main.py lib/          the first file is run, the others lie beside it
  pilotlight run project/              main.py, index.js, Main.java, … is run, or --entry
  pilotlight run main.rs --compile-timeout 30
  echo 'print(6 * 7)' | pilotlight run - --language python
  pilotlight run sum.py --stdin numbers.txt --json
  pilotlight run -i game.py            talk to it; Ctrl-C interrupts it, a second one cancels

${exitCodesHelp}`;

export function addRun(program: Command): void {
  const { timeoutSeconds: timeout, memoryMb: memory } = limits;
  const { compileTimeoutSeconds: compileTimeout, compileMemoryMb: compileMemory } = limits;
  program
    .command('run')
    .description('Run a program once in a fresh sandbox and show what it writes')
    .argument('<files...>', 'source files and folders; - reads one from standard input')
    .option('-l, --language <name>', 'by default told by the file name')
    .option('-e, --entry <path>', 'which of several files is run')
    .option('--stdin <file>', 'what the program reads; - passes standard input on')
    .option('-i, --interactive', 'pass standard input on while it runs; Ctrl-C interrupts it')
    .option('-a, --arg <text>', 'an argument for the program; may be repeated', collected)
    .addOption(new Option('-p, --priority <level>', 'who goes first').choices(priorities))
    .option(
      '-t, --timeout <seconds>',
      `${timeout.min} to ${timeout.max}, default ${timeout.default}`,
      wholeNumber(timeout.min, timeout.max),
    )
    .option(
      '-m, --memory <mb>',
      `${memory.min} to ${memory.max}; default the language's, mostly ${memory.default}`,
      wholeNumber(memory.min, memory.max),
    )
    .option(
      '--compile-timeout <seconds>',
      `of the compile stage, ${compileTimeout.min} to ${compileTimeout.max}`,
      wholeNumber(compileTimeout.min, compileTimeout.max),
    )
    .option(
      '--compile-memory <mb>',
      `of the compile stage, ${compileMemory.min} to ${compileMemory.max}`,
      wholeNumber(compileMemory.min, compileMemory.max),
    )
    .option('--version <selector>', 'version of the language')
    .option('-u, --user <id>', 'on whose behalf', userInfo().username)
    .option('-d, --detach', 'print the id and do not wait')
    .option('--json', 'print the result as one JSON object')
    .addHelpText('after', help)
    .action(async (files: string[], _, command: Command) => {
      const options: RunOptions = command.optsWithGlobals();
      process.exitCode = await withSession(options, ({ client }) =>
        options.detach === true ? submit(client, files, options) : run(client, files, options),
      );
    });
}

function collected(text: string, before: string[] = []): string[] {
  return [...before, text];
}

async function submit(client: Pilotlight, files: string[], options: RunOptions): Promise<number> {
  const accepted = await client.submit(await requestOf(files, options));
  if (options.json) {
    printJson({ execution_id: accepted.executionId, status: accepted.status });
  } else {
    printLine(accepted.executionId);
  }
  return 0;
}

async function run(client: Pilotlight, files: string[], options: RunOptions): Promise<number> {
  const request = await requestOf(files, options);
  const interaction = options.interactive
    ? interact(client, request.id)
    : cancelOnCtrlC(client, request.id);
  const listeners = options.json ? {} : shown();
  const running = client.run(request, { ...listeners, onStatus: () => interaction.begin() });
  const outcome = await running.finally(() => interaction.end());
  if (options.json) printJson(await jsonOf(outcome));
  else if (outcome.status !== 'completed') note(summaryOf(outcome));
  return exitCodeOfRun({ ...outcome.result, status: outcome.status });
}

function cancelOnCtrlC(client: Pilotlight, id: string): Interaction {
  const cancel = () => {
    note('Cancelling; once more to leave it running.');
    client.cancel(id).catch((error: Error) => note(error.message));
  };
  process.once('SIGINT', cancel);
  return { begin: () => undefined, end: () => void process.off('SIGINT', cancel) };
}

/** What the compiler writes goes to standard error, so that standard output is the program's alone. */
function shown(): RunListeners {
  let isHeaded = !process.stderr.isTTY;
  const heading = (text: string) => note(styleText('dim', text, { stream: process.stderr }));
  return {
    onCompileOutput(piece) {
      if (!isHeaded) heading('The compiler says:');
      isHeaded = true;
      process.stderr.write(piece);
    },
    onStdout: (piece) => void process.stdout.write(piece),
    onStderr: (piece) => void process.stderr.write(piece),
    onRestart: (attempt) => note(`Attempt ${attempt}: its output starts again.`),
  };
}

/** The contract's result with the whole output as text. */
async function jsonOf({ stdout, stderr, compile, result }: RunOutcome): Promise<unknown> {
  const { CompileResult, ExecutionResult } = await import('@pilotlight/contracts');
  const compiled = result.compile &&
    compile && {
      ...Object(CompileResult.toJSON(result.compile)),
      ...{ stdout: compile.stdout, stderr: compile.stderr },
    };
  const json = { ...Object(ExecutionResult.toJSON(result)), stdout, stderr };
  return compiled === undefined ? json : { ...json, compile: compiled };
}

function summaryOf({ status, result }: RunOutcome): string {
  const signal = result.signal === '' ? '' : ` (${result.signal})`;
  const message = result.message === '' ? '' : `: ${result.message}`;
  const again = result.retryable ? ' Trying again may help.' : '';
  return `${status}${signal}${message}${again}`;
}
