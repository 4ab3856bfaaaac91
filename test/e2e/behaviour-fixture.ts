// What the behaviour tests share: a run with its exact bytes, what a call was refused with, and
// which processes of this machine somebody started.
import { readdirSync, readFileSync } from 'node:fs';
import type { Pilotlight, RunOutcome, RunRequest } from '@pilotlight/client';
import { PlatformError } from '@pilotlight/contracts';
import { expect } from 'vitest';

/** A run without what most tests do not care about. */
export type Wanted = Omit<RunRequest, 'userId'> & { readonly userId?: string };

/** The outcome of a run with both its streams byte by byte. */
export interface ExactOutcome extends RunOutcome {
  readonly stdoutBytes: Buffer;
  readonly stderrBytes: Buffer;
}

/** Runs code to its end over gRPC. */
export async function runExactly(client: Pilotlight, wanted: Wanted): Promise<ExactOutcome> {
  const stdout: Uint8Array[] = [];
  const stderr: Uint8Array[] = [];
  const outcome = await client.run(
    { userId: 'ann', ...wanted },
    {
      onStdout: (piece) => void stdout.push(piece),
      onStderr: (piece) => void stderr.push(piece),
    },
  );
  return { ...outcome, stdoutBytes: Buffer.concat(stdout), stderrBytes: Buffer.concat(stderr) };
}

/** What a call was refused with; fails where it was not refused. */
export async function refusalOf(call: Promise<unknown>): Promise<PlatformError> {
  const answer = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in answer && answer.error instanceof PlatformError) return answer.error;
  throw new Error(`It was not refused: ${JSON.stringify(answer)}`);
}

/** Fails unless a fresh sandbox runs code and has nothing in it that others left. */
export async function expectCleanRun(client: Pilotlight): Promise<void> {
  const code =
    'ls -A /workspace /tmp /dev/shm 2>/dev/null | grep -v : | sort -u | xargs; echo clean';
  const { status, exitCode, stdout, stderr } = await runExactly(client, { language: 'sh', code });
  expect({ status, exitCode, stdout, stderr }).toEqual({
    ...{ status: 'completed', exitCode: 0, stderr: '' },
    stdout: 'main.sh\nclean\n',
  });
}

/** Pids on this machine, sandboxes included, with a text in their arguments. Linux only. */
export function processesWith(marker: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => argumentsOf(pid).includes(marker));
}

function argumentsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
