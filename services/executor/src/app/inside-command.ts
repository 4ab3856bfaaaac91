// Commands of ours that run inside a sandbox, with the rights of its programs and no more: how files
// go in and out. Nothing that they say is believed further than it is data of the sandbox's holder.
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { PlatformError } from '@pilotlight/contracts';
import type { ExecProgram, Sandbox } from '@pilotlight/sandbox-runtime';

/** Not the lease's own environment, which could name other programs, or options for these. */
const environment = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  LC_ALL: 'C',
  TAR_OPTIONS: '',
};

/** How much of its complaints is kept, the last of them. */
const saidChars = 1_000;

/** How a command ended, and what it complained of. */
export interface InsideEnd {
  /** -1 where a signal ended it. */
  readonly code: number;
  readonly said: string;
}

export interface InsideCommand {
  readonly stdout: Readable;
  /** Writes all of it, no faster than the command reads; less where the command ends before. */
  send(bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** Resolves when it has ended; its output must be read meanwhile. */
  end(): Promise<InsideEnd>;
  /** Kills it unless it has ended. Never rejects. */
  close(): void;
}

/** Starts a shell script with arguments; `$1` is the first. Rejects as `Sandbox.exec` does. */
export async function startInside(
  sandbox: Sandbox,
  script: string,
  ...args: readonly string[]
): Promise<InsideCommand> {
  const argv = ['/bin/sh', '-c', script, 'sh', ...args];
  return insideCommand(await sandbox.exec({ argv, env: environment, cwd: '/workspace' }));
}

function insideCommand(program: ExecProgram): InsideCommand {
  const { stdin, stdout, stderr, exit } = program;
  let said = '';
  let ended = false;
  void exit.then(() => {
    ended = true;
  });
  // A command that ends without reading everything says why by its exit.
  stdin.on('error', () => undefined);
  stderr.on('error', () => undefined);
  stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-saidChars);
  });
  const stderrClosed = once(stderr, 'close').catch(() => undefined);
  return {
    stdout,
    async send(bytes) {
      for await (const piece of bytes) {
        if (ended || stdin.destroyed) return;
        if (!stdin.write(piece)) await Promise.race([once(stdin, 'drain'), exit]);
      }
      stdin.end();
    },
    async end() {
      const status = await exit;
      await Promise.race([stderrClosed, nextTurns()]);
      const code = status.kind === 'exited' ? status.code : -1;
      return { code, said: said.trim() };
    },
    close() {
      if (!ended) program.kill().catch(() => undefined);
      stdin.destroy();
      stdout.destroy();
      stderr.destroy();
    },
  };
}

/** What was written before the exit was told has come by then, unless orphans hold the stream. */
async function nextTurns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** What a command's complaint means to whoever asked for a path. */
export function fileProblem(path: string, said: string): PlatformError {
  const isMissing = /No such file or directory|Not a directory/.test(said);
  const reason = said === '' ? 'the command was killed' : lastLine(said);
  return new PlatformError(isMissing ? 'not_found' : 'failed_precondition', `${path}: ${reason}`);
}

/** Without the command's name in front. */
function lastLine(said: string): string {
  const lines = said.split('\n').filter((line) => !line.includes('Exiting with failure'));
  return (lines.at(-1) ?? said).replace(/^(?:tar|find|mkdir|sh): /, '');
}
