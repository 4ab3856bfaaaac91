// A whole staged job, as the executor takes it through its two stages: for tests of languages that are
// compiled.
import type { ExitStatus, SandboxLimits, SandboxSpec, SandboxUsage } from '../driver.ts';
import { encodeJob } from '../job.ts';
import { type Harness, limits } from './harness.ts';

const nonce = 'fedcba9876543210fedcba9876543210';

export interface StagedOutcome {
  readonly compile: { readonly code: number; readonly stdout: string; readonly stderr: string };
  readonly exit: ExitStatus;
  /** Of the program; empty where nothing was compiled. */
  readonly stdout: string;
  readonly stderr: string;
  /** Before the job came, after the compile stage and at the end. */
  readonly usage: readonly [SandboxUsage, SandboxUsage, SandboxUsage];
  readonly compileMs: number;
  readonly runMs: number;
}

export interface Submission {
  /** Source by path; the first one is run. */
  readonly files: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: Partial<SandboxLimits>;
}

/** Both texts up to the marker and after it, and the compiler's exit code. */
function cut(text: string) {
  const [, before = text, code = '-1', after = ''] =
    new RegExp(`^([^]*?)\\0${nonce} (\\d+)\\n([^]*)$`).exec(text) ?? [];
  return { before, code: Number(code), after };
}

/** Makes a sandbox of the template, compiles, lets it go on and waits for the end. */
export async function compileAndRun(
  harness: Harness,
  template: SandboxSpec['template'],
  submission: Submission,
): Promise<StagedOutcome> {
  const spec = harness.spec('shell');
  const changed = { ...limits, pids: 128, ...submission.limits };
  const sandbox = await harness.make({ ...spec, template, limits: changed });
  const files = Object.entries(submission.files);
  const job = encodeJob({
    files: files.map(([path, content]) => ({ path, content: Buffer.from(content) })),
    argv: [files[0]?.[0] ?? '', ...(submission.args ?? [])],
    stdin: Buffer.from(submission.stdin ?? ''),
    env: submission.env ?? {},
    nonce,
  });
  const before = await sandbox.usage();
  const begun = performance.now();
  const program = sandbox.run(job, { isStaged: true });
  const said = { stdout: '', stderr: '' };
  const marked = (['stdout', 'stderr'] as const).map((name) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stream = program[name].setEncoding('latin1');
    stream.on('data', (text: string) => {
      said[name] += text;
      if (cut(said[name]).code >= 0) resolve();
    });
    stream.once('end', resolve);
    return { isMarked: promise, ended: new Promise((done) => stream.once('end', done)) };
  });
  await Promise.all(marked.map(({ isMarked }) => isMarked));
  const compiled = performance.now();
  const usage = await sandbox.usage();
  program.proceed();
  const exit = await program.exit;
  const ended = performance.now();
  await Promise.all(marked.map(({ ended: end }) => end));
  const text = (latin1: string) => Buffer.from(latin1, 'latin1').toString('utf8');
  const [out, err] = [cut(said.stdout), cut(said.stderr)];
  if (out.code !== err.code) throw new Error(`The markers differ: ${out.code} and ${err.code}.`);
  return {
    compile: { code: out.code, stdout: text(out.before), stderr: text(err.before) },
    exit,
    stdout: text(out.after),
    stderr: text(err.after),
    usage: [before, usage, await sandbox.usage()],
    compileMs: compiled - begun,
    runMs: ended - compiled,
  };
}
