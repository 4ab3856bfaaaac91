// A program under the SDK in a process of its own, where a cold start is one.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  /** Wall clock, before the process was made. */
  readonly startedAtMs: number;
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when the program has written this; rejects when it ends without. */
  says(text: string): Promise<void>;
}

const entry = fileURLToPath(new URL('../index.ts', import.meta.url));

/** `code` is an ES module that finds the SDK as `analyze` and `reportStart`. */
export function runNode(code: string, environment: Record<string, string> = {}): Running {
  const program = `import { analyze, reportStart } from ${JSON.stringify(entry)};\n${code}`;
  const startedAtMs = Date.now();
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program],
    { env: { PATH: process.env['PATH'] ?? '', ...environment } },
  );
  let stdout = '';
  let stderr = '';
  const ended = new Promise<Ended>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('close', (exitCode, signal) => resolve({ code: exitCode, signal, stdout, stderr }));
  });
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  return {
    startedAtMs,
    child,
    ended,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stdout.includes(text)) resolve();
        };
        look();
        child.stdout.on('data', look);
        void ended.then(() => reject(new Error(`ended without "${text}": ${stdout}${stderr}`)));
      }),
  };
}
