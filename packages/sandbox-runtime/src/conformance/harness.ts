// What the conformance cases share: making sandboxes of a template, giving them a job, and taking
// everything that comes out. Every sandbox is destroyed at the end of its case.
import type { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import type { IsolationLevel } from '@pilotlight/contracts';
import type { TestContext } from 'vitest';
import type {
  ExitStatus,
  JobProgram,
  Program,
  Sandbox,
  SandboxDriver,
  SandboxLimits,
  SandboxSpec,
  SandboxUsage,
} from '../driver.ts';
import { encodeJob, type Job } from '../job.ts';

export type Language = 'python' | 'javascript' | 'shell';

/** What a driver's own test says about it. */
export interface Expectations {
  readonly templates: Readonly<Record<Language, SandboxSpec['template']>>;
  /**
   * Whether real programs run. Where not (the fake), a program is the behaviour that the first line
   * of its source names after `# fake:`, and cases that need a kernel are left out.
   */
  readonly real: boolean;
  /** Of the templates; default where it is not said. */
  readonly isolation?: IsolationLevel;
}

/** All that came out of one program. */
export interface Outcome {
  readonly exit: ExitStatus;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutBytes: Buffer;
  readonly usage: SandboxUsage;
}

export const limits: SandboxLimits = {
  memoryBytes: 256 << 20,
  cpus: 2,
  pids: 64,
  openFiles: 256,
  workspaceBytes: 64 << 20,
};

const entryFile: Record<Language, string> = {
  python: 'main.py',
  javascript: 'main.js',
  shell: 'main.sh',
};

export const incarnation = 'conformance';

const never = new AbortController().signal;
let serial = 0;

export class Harness {
  readonly driver: SandboxDriver;
  readonly expectations: Expectations;
  readonly #sandboxes: Sandbox[] = [];

  constructor(driver: SandboxDriver, expectations: Expectations) {
    this.driver = driver;
    this.expectations = expectations;
  }

  /** Skips a case that gVisor cannot pass, for this reason. */
  skipUnderGvisor(context: TestContext, reason: string): void {
    if (this.expectations.isolation === 'gvisor') context.skip(`gVisor: ${reason}`);
  }

  spec(language: Language = 'python', changed: Partial<SandboxLimits> = {}): SandboxSpec {
    return {
      id: `sb-${process.pid}-${serial++}`,
      incarnation,
      template: this.expectations.templates[language],
      limits: { ...limits, ...changed },
    };
  }

  async create(
    language: Language = 'python',
    changed: Partial<SandboxLimits> = {},
  ): Promise<Sandbox> {
    return this.make(this.spec(language, changed));
  }

  /** A sandbox of any specification. */
  async make(spec: SandboxSpec): Promise<Sandbox> {
    const sandbox = await this.driver.create(spec, never);
    this.#sandboxes.push(sandbox);
    return sandbox;
  }

  /** A job of one source file. */
  job(source: string, more: Partial<Job> = {}, language: Language = 'python'): Uint8Array {
    return encodeJob({
      ...jobParts(source, more, language),
      stdin: more.stdin ?? new Uint8Array(),
    });
  }

  /** Starts an interactive job of one source file in a new sandbox. */
  async converse(source: string, language: Language = 'python'): Promise<Conversation> {
    const sandbox = await this.create(language);
    const job = encodeJob(jobParts(source, {}, language));
    const program = sandbox.run(job, { isInteractive: true });
    const { stdin } = program;
    if (stdin === undefined) throw new Error('an interactive job has an input');
    return { sandbox, program, stdin, until: reader(program.stdout) };
  }

  /** Runs a source file in a new sandbox to its end. */
  async run(
    source: string,
    more: Partial<Job> & { limits?: Partial<SandboxLimits>; language?: Language } = {},
  ): Promise<Outcome> {
    const sandbox = await this.create(more.language, more.limits);
    return this.outcome(sandbox, sandbox.run(this.job(source, more, more.language)));
  }

  async outcome(sandbox: Sandbox, program: Program): Promise<Outcome> {
    const [exit, stdoutBytes, stderr] = await Promise.all([
      program.exit,
      buffer(program.stdout),
      buffer(program.stderr),
    ]);
    const usage = await sandbox.usage();
    return {
      exit,
      stdoutBytes,
      stdout: stdoutBytes.toString('utf8'),
      stderr: stderr.toString('utf8'),
      usage,
    };
  }

  async destroyAll(): Promise<void> {
    await Promise.all(this.#sandboxes.splice(0).map((sandbox) => sandbox.destroy()));
  }
}

/** An interactive job under way. */
export interface Conversation {
  readonly sandbox: Sandbox;
  readonly program: JobProgram;
  readonly stdin: Writable;
  /** What came on stdout since the last call, up to and with `text`, or to the end. */
  until(text: string): Promise<string>;
}

function jobParts(source: string, more: Partial<Job>, language: Language): Job {
  const file = entryFile[language];
  return {
    files: [{ path: file, content: Buffer.from(source) }, ...(more.files ?? [])],
    argv: [file, ...(more.argv ?? [])],
    env: more.env ?? {},
    ...(more.nonce === undefined ? {} : { nonce: more.nonce }),
  };
}

function reader(stream: Program['stdout']): Conversation['until'] {
  const chunks = stream[Symbol.asyncIterator]();
  let rest = '';
  return async (text) => {
    for (;;) {
      const at = rest.indexOf(text);
      const next = at < 0 ? await chunks.next() : undefined;
      if (next === undefined || next.done === true) {
        const end = at < 0 ? rest.length : at + text.length;
        const found = rest.slice(0, end);
        rest = rest.slice(end);
        return found;
      }
      rest += String(next.value);
    }
  };
}

/** Resolves with the first bytes of a stream as text; the rest is read and dropped. */
export async function firstText(stream: Program['stdout']): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  stream.once('end', () => resolve(''));
  stream.on('data', (chunk: Buffer) => resolve(chunk.toString('utf8')));
  return promise;
}

/** Reads the totals until they are as wanted. The test's own time limit is the bound. */
export async function usageWhen(
  sandbox: Sandbox,
  wanted: (usage: SandboxUsage) => boolean,
): Promise<SandboxUsage> {
  for (;;) {
    const usage = await sandbox.usage();
    if (wanted(usage)) return usage;
    await turn();
  }
}
