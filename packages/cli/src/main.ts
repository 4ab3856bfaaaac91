// The command line: parses, runs, and turns failures into one line and an exit code.
import { ConfigError } from '@pilotlight/config';
import { PlatformError } from '@pilotlight/contracts';
import { exitCodeOfError } from './exit-codes.ts';
import { createProgram } from './program.ts';

/** A reader that has enough, such as `head`, is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await createProgram().parseAsync();
} catch (thrown) {
  process.exitCode = report(thrown);
}

function report(thrown: unknown): number {
  if (thrown instanceof ConfigError) {
    process.stderr.write(`${thrown.message}\n`);
    return exitCodeOfError('invalid_argument');
  }
  const error = PlatformError.from(thrown);
  const isFault = !(thrown instanceof PlatformError) && thrown instanceof Error;
  process.stderr.write(`${isFault ? thrown.stack : error.message}\n`);
  if (error.retry.kind === 'after' && error.code === 'resource_exhausted') {
    process.stderr.write(`Try again in ${Math.ceil(error.retry.ms / 1_000)} s.\n`);
  }
  return exitCodeOfError(error.code);
}
