// What a program of the fake driver does: a few steps, named in the first line of its source, such as
// `# fake: print hello; cpu 20; exit 3`.
//   print TEXT   TEXT and a newline on stdout      cpu MS         uses cpu time
//   error TEXT   the same on stderr                memory BYTES   uses memory, up to the limit
//   echo         stdin to stdout                   allocate       runs out of memory
//                (of an interactive job as it comes, until its end)
//   hang         never ends by itself              forks          is refused forks, and hangs
//   exit CODE    ends                              signal NAME    ends by a signal
// The compile stage of a staged job is another line, `# fake compile: …`; without one it succeeds.
import type { ExitStatus, SandboxUsage } from '../driver.ts';
import { killed } from '../exit-status.ts';

export interface Step {
  readonly verb: string;
  readonly rest: string;
}

/** What steps work on. */
export interface Stage {
  readonly stdin: Uint8Array;
  readonly memoryLimitBytes: number;
  writeOut(bytes: Uint8Array): void;
  writeErr(bytes: Uint8Array): void;
  /** Adds to the totals; `memoryBytes` replaces. */
  use(more: Partial<SandboxUsage>): void;
}

const stepLines = {
  run: /^(?:#|\/\/) fake: (.*)$/m,
  compile: /^(?:#|\/\/) fake compile: (.*)$/m,
};

/** The steps of a source file, of one stage; none if it names none. */
export function parseSteps(source: string, stage: keyof typeof stepLines = 'run'): readonly Step[] {
  return (stepLines[stage].exec(source)?.[1] ?? '')
    .split(';')
    .map((step) => step.trim())
    .filter(Boolean)
    .map((step) => {
      const [verb = '', ...rest] = step.split(' ');
      return { verb, rest: rest.join(' ') };
    });
}

/** Takes one step. Answers how the program ended, that it hangs, or nothing if it goes on. */
function takeStep({ verb, rest }: Step, stage: Stage): ExitStatus | 'hangs' | undefined {
  switch (verb) {
    case 'print':
      return void stage.writeOut(Buffer.from(`${rest}\n`));
    case 'error':
      return void stage.writeErr(Buffer.from(`${rest}\n`));
    case 'echo':
      return void stage.writeOut(stage.stdin);
    case 'cpu':
      return void stage.use({ cpuTimeMs: Number(rest) });
    case 'memory':
      if (Number(rest) <= stage.memoryLimitBytes) {
        return void stage.use({ memoryBytes: Number(rest) });
      }
      stage.use({ memoryBytes: stage.memoryLimitBytes, oomKills: 1 });
      return killed;
    case 'allocate':
      stage.use({ memoryBytes: stage.memoryLimitBytes, oomKills: 1 });
      return killed;
    case 'forks':
      stage.use({ pidsLimitHits: 1 });
      return 'hangs';
    case 'hang':
      return 'hangs';
    case 'exit':
      return { kind: 'exited', code: Number(rest) };
    case 'signal':
      return { kind: 'signalled', signal: rest };
    default:
      stage.writeErr(Buffer.from(`no such step: ${verb}\n`));
      return { kind: 'exited', code: 127 };
  }
}

/** Takes all steps; a program whose steps are over exits with 0. */
export function perform(steps: readonly Step[], stage: Stage): ExitStatus | 'hangs' {
  for (const step of steps) {
    const end = takeStep(step, stage);
    if (end !== undefined) return end;
  }
  return { kind: 'exited', code: 0 };
}
