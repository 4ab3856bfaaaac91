// pilotlight exec: a command in a leased sandbox, its streams connected to ours.
import type { Command } from 'commander';
import { exitCodeOfSignal } from '../exit-codes.ts';
import { leaseOf } from '../leases.ts';
import { wholeNumber } from '../numbers.ts';
import { type CommonOptions, note, printJson, withSession } from '../session.ts';

interface ExecOptions extends CommonOptions {
  readonly token?: string;
  readonly interactive?: boolean;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly timeout?: number;
}

const timedOutCode = 124;

const help = `
Examples:
  pilotlight exec sb_node_k3_1 -- ls -la
  pilotlight exec sb_node_k3_1 --env NAME=Ada -- sh -c 'echo Hello, $NAME'
  tar c src | pilotlight exec -i sb_node_k3_1 -- tar x

Exit codes: the command's own; 128+n where signal n ended it; ${timedOutCode} past --timeout.`;

export function addExec(program: Command): void {
  program
    .command('exec')
    .description('Run a command in a sandbox that you acquired')
    .argument('<sandbox>', 'its id')
    .argument('<command...>', 'what to run, after --')
    .option('--token <token>', 'the lease, where it was not acquired from here')
    .option('-i, --interactive', 'pass standard input on')
    .option('-e, --env <name=value>', 'a variable; may be repeated', variables)
    .option('-w, --cwd <path>', 'absolute; default /workspace')
    .option('-t, --timeout <seconds>', 'kill it after so long', wholeNumber(1, 86_400))
    .option('--json', 'print exit code and output as one JSON object')
    .addHelpText('after', help)
    .action(async (sandbox: string, argv: string[], _, command: Command) => {
      process.exitCode = await exec(sandbox, argv, command.optsWithGlobals());
    });
}

async function exec(sandboxId: string, argv: string[], options: ExecOptions): Promise<number> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const { env, cwd, timeout } = options;
  return withSession(options, async ({ client, dataDir }) => {
    const sandbox = client.attach(leaseOf(dataDir, sandboxId, options.token));
    const outcome = await sandbox.exec(argv, {
      signal: interrupted.signal,
      ...(options.interactive && { stdin: process.stdin }),
      ...(env && { env }),
      ...(cwd !== undefined && { cwd }),
      ...(timeout !== undefined && { timeoutSeconds: timeout }),
      ...(!options.json && {
        onStdout: (piece: Uint8Array) => void process.stdout.write(piece),
        onStderr: (piece: Uint8Array) => void process.stderr.write(piece),
      }),
    });
    // Or an open terminal would keep this process.
    process.stdin.destroy();
    const { exitCode, signal = '', timedOut, stdout, stderr } = outcome;
    if (options.json) {
      printJson({ exit_code: exitCode, signal, timed_out: timedOut, stdout, stderr });
    }
    if (timedOut) {
      note(`Killed after ${timeout} s.`);
      return timedOutCode;
    }
    return signal === '' ? exitCode : exitCodeOfSignal(signal);
  });
}

function variables(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [name = '', ...value] = text.split('=');
  return { ...before, [name]: value.join('=') };
}
