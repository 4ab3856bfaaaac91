// The three streams and the report of one process in a sandbox, as pipes that a starting shell opens
// for it.
import type { Socket } from 'node:net';
import type { ExitStatus } from '../driver.ts';
import { killed, parseExitReport } from '../exit-status.ts';
import type { Fifo, FifoStock } from './fifo.ts';
import { shellQuote } from './spawner.ts';

/** What a launch script does. */
export interface Launch {
  /** Shell commands that come first; their messages and the runtime's go to `log`. */
  readonly prepare: readonly string[];
  readonly command: string;
  readonly log: string;
  /** Whether `launched` means that the command is about to start, or that it came back. */
  readonly announce: 'before' | 'after';
}

/** Our ends of a process's pipes. */
export interface ProcessStreams {
  readonly stdin: Socket;
  readonly stdout: Socket;
  readonly stderr: Socket;
  /** Resolves when the launch script says so, or will never say it. */
  readonly launched: Promise<void>;
  /** How the program ended; `killed` if nobody could say. Never rejects. */
  readonly exit: Promise<ExitStatus>;
  /** Settles when every process that could report is gone. Never rejects. */
  readonly ended: Promise<void>;
  /** The shell command that puts the pipes on descriptors 0 to 3 of what it launches. */
  launchScript(launch: Launch): string;
  /** Removes the pipes' names, once the process has them open. Idempotent. */
  unlink(): void;
  /** Closes our ends. Idempotent. */
  close(): void;
}

const launchedLine = 'launched';
/** The program could write to its init's report, so no more than this is read of it. */
const maxReportChars = 4_096;

function readReport(report: Socket) {
  const launched = Promise.withResolvers<void>();
  const exit = Promise.withResolvers<ExitStatus>();
  const ended = Promise.withResolvers<void>();
  let text = '';
  report.setEncoding('latin1').on('data', (chunk: string) => {
    if (text.length > maxReportChars) return;
    text += chunk;
    for (const line of text.split('\n').slice(0, -1)) {
      if (line === launchedLine) launched.resolve();
      const status = parseExitReport(line);
      if (status !== undefined) exit.resolve(status);
    }
  });
  report.once('close', () => {
    launched.resolve();
    exit.resolve(killed);
    ended.resolve();
  });
  return { launched: launched.promise, exit: exit.promise, ended: ended.promise };
}

/** Takes four pipes from the stock and opens our ends of them. */
export async function openStreams(fifos: FifoStock): Promise<ProcessStreams> {
  const pipes = await fifos.take(4);
  const [input, output, errors, status] = pipes as readonly [Fifo, Fifo, Fifo, Fifo];
  const [stdin, report] = [input.openWriter(), status.openReader()];
  const [stdout, stderr] = [output.openReader(), errors.openReader()];
  // A broken pipe is how a dying sandbox looks from here; `exit` and `ended` say so.
  for (const stream of [stdin, stdout, stderr, report]) stream.on('error', () => undefined);
  let linked = true;
  const unlink = () => {
    if (!linked) return;
    linked = false;
    for (const pipe of pipes) pipe.remove();
  };
  return {
    stdin,
    stdout,
    stderr,
    ...readReport(report),
    launchScript({ prepare, command, log, announce }) {
      const [in_, out, err, rep] = pipes.map((pipe) => shellQuote(pipe.path));
      const redirected = `${command} <${in_} >${out} 2>${err}`;
      const say = `echo ${launchedLine} >&3`;
      const last = announce === 'before' ? [say, `exec ${redirected}`] : [redirected, say];
      return [`exec 3>${rep} 2>>${shellQuote(log)}`, ...prepare, ...last].join(' && ');
    },
    unlink,
    close() {
      unlink();
      for (const stream of [stdin, stdout, stderr, report]) stream.destroy();
    },
  };
}
