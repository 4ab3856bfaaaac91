// The one stream that Docker sends for a command with a terminal, as a command's input and output.
import type { Duplex } from 'node:stream';
import { Readable, Transform, Writable } from 'node:stream';
import type { ExitStatus } from '../driver.ts';
import type { Outputs } from './demultiplex.ts';
import { ExitReportReader } from './exit-report.ts';

/** What is typed at the end of the input (Ctrl-D): a terminal cannot be closed from one side. */
const endOfInput = '\u0004';

/** Everything comes on stdout, the report on how the command ended too. Keeps backpressure. */
export function terminalOutput(source: Duplex, nonce: string): Outputs {
  const { promise: report, resolve } = Promise.withResolvers<ExitStatus | undefined>();
  const reader = new ExitReportReader(nonce, resolve);
  const stdout = new Transform({
    transform(chunk: Buffer, _, done) {
      done(null, reader.push(chunk));
    },
    flush(done) {
      resolve(undefined);
      done(null, reader.end());
    },
    destroy(error, done) {
      source.resume();
      done(error);
    },
  });
  source.on('error', () => source.destroy());
  source.once('close', () => stdout.end());
  source.pipe(stdout);
  return { stdout, stderr: Readable.from([]), report, drain: () => void stdout.resume() };
}

/** Input whose end is typed; destroying it hangs up. */
export function terminalInput(socket: Duplex): Writable {
  return new Writable({
    // The same connection brings the output, which goes on after the end of the input.
    autoDestroy: false,
    write: (chunk: Buffer, _, done) => void socket.write(chunk, done),
    final: (done) => void socket.write(endOfInput, done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
}
