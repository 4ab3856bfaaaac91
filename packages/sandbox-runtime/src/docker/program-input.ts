// What reaches the program of an interactive job: input on the container's own connection, signals by
// commands beside it.
import { once } from 'node:events';
import { type Duplex, Writable } from 'node:stream';
import { PlatformError } from '@pilotlight/contracts';
import type { Container } from 'dockerode';
import { signalCommand } from '../signal-program.ts';
import { inputClosedPath } from './container-options.ts';
import { attachExec, runQuietly } from './exec-program.ts';

/**
 * The program's standard input. Its end is the end of the connection's way in, which would be taken for
 * our death: a second lifeline is there before, and takes an exec, about 60 ms.
 */
export function programInput(container: Container, connection: Duplex): Writable {
  const input = new Writable({
    // The same connection brings the output, which goes on after the end of the input.
    autoDestroy: false,
    write: (chunk: Buffer, _, done) => void connection.write(chunk, done),
    final: (done) => {
      openLifeline(container).then(
        () => void connection.end(() => done()),
        (thrown: unknown) => done(PlatformError.from(thrown)),
      );
    },
  });
  // Whoever writes or ends it hears of a failure.
  return input.on('error', () => undefined);
}

/** Sends a signal to the program's process group. Does nothing where the container has ended. */
export async function signalProgram(container: Container, name: NodeJS.Signals): Promise<void> {
  await unlessEnded(container, runQuietly(container, signalCommand(name)));
}

const lifeline = `: >${inputClosedPath}; echo; cat >/dev/null; kill -KILL -1`;

/** Resolves when everything in the container dies with this process, or is dead. */
async function openLifeline(container: Container): Promise<void> {
  const options = { AttachStdin: true, Cmd: ['/bin/sh', '-c', lifeline] };
  const attached = await unlessEnded(container, attachExec(container, options));
  if (attached === undefined) return;
  const { socket } = attached;
  socket.on('error', () => socket.destroy());
  await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  socket.resume();
}

/** Undefined where there is nothing left to run it in, which the engine says in several ways. */
async function unlessEnded<T>(container: Container, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (thrown) {
    const isRunning = await container.inspect().then(
      ({ State }) => State.Running,
      () => false,
    );
    if (isRunning) throw PlatformError.from(thrown);
    return undefined;
  }
}
