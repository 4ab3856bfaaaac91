// The shell blocks of a page, as a reader would run them one after the other in one shell.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

const root = join(import.meta.dirname, '../..');

/** One block, with what it wrote. */
export interface RunExample {
  readonly script: string;
  readonly output: string;
  /** The JSON that the page shows as its answer, where it shows one. */
  readonly shown: string | undefined;
}

const blocks = /^```sh\n([\s\S]*?)^```\n(?:```json\n([\s\S]*?)^```\n)?/gm;

/**
 * Runs every block of the page but the first, which says where the platform is and is what `setUp` does
 * here. Rejects, with what it wrote, where one fails.
 */
export async function runExamples(page: string, setUp: string): Promise<readonly RunExample[]> {
  const [, ...examples] = [...page.matchAll(blocks)].map(([, script = '', shown]) => ({
    script,
    shown,
  }));
  const separator = '@@ next example @@';
  const whole = [setUp, ...examples.map(({ script }) => `echo '${separator}'\n${script}`)];
  const written = await writtenBy(whole.join('\n'));
  const outputs = written.split(`${separator}\n`).slice(1);
  return examples.map((example, index) => ({ ...example, output: outputs[index] ?? '' }));
}

async function writtenBy(script: string): Promise<string> {
  const shell = spawn('bash', ['-e', '-o', 'pipefail'], {
    cwd: root,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` },
  });
  const closed = once(shell, 'close');
  shell.stdin.end(script);
  const [stdout, stderr] = await Promise.all([text(shell.stdout), text(shell.stderr)]);
  const [status] = await closed;
  if (status === 0) return stdout;
  throw new Error(`An example failed (${status}):\n${stdout}\n${stderr}`);
}
