// Each way in which a program can end has its own typed status, measured from outside and in time.

import { randomInt } from 'node:crypto';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { describe, expect, it } from 'vitest';
import { expectCleanRun, processesWith, runExactly, type Wanted } from './behaviour-fixture.ts';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

/** How late the platform may notice that a limit was broken. */
const latenessMs = 100;

interface Verdict {
  readonly status: string;
  readonly exitCode: number;
  readonly signal?: string;
  readonly message?: RegExp;
}

interface Case extends Wanted, Verdict {
  readonly name: string;
  /** What must have been written before the end. */
  readonly stdout?: string | RegExp;
}

const python = (name: string, code: string, verdict: Verdict, more: Partial<Case> = {}): Case => ({
  ...{ name, language: 'python', code, timeoutSeconds: 5 },
  ...verdict,
  ...more,
});
const shell = (...given: Parameters<typeof python>): Case => ({
  ...python(...given),
  language: 'sh',
});

const killed = (status: string, message: RegExp): Verdict => ({ status, exitCode: -1, message });
const died = (signal: string): Verdict => ({
  ...{ status: 'failed', exitCode: -1, signal },
  message: new RegExp(`It died of ${signal}`),
});
const outOfMemory = killed('out_of_memory', /more than its 64 MB/);
const tooManyPids = killed('pids_limit', /more than its 64 processes/);

const hog = 'b = bytearray(200 << 20)\nfor i in range(0, len(b), 4096): b[i] = 1';
const childrenHog = `
import subprocess, sys
print("parent", flush=True)
children = [subprocess.Popen([sys.executable, "-c", ${JSON.stringify(hog)}]) for _ in range(2)]
for child in children: child.wait()
sys.exit(0)`;
const threadBomb = `
import threading, time
while True: threading.Thread(target=time.sleep, args=(60,)).start()`;

const cases: readonly Case[] = [
  python(
    'a failure of its own',
    'print("x")\n1/0',
    { status: 'completed', exitCode: 1 },
    {
      stdout: 'x\n',
    },
  ),
  shell('exit 137', 'exit 137', { status: 'completed', exitCode: 137 }),
  python('SIGKILL to itself', 'import os; os.kill(os.getpid(), 9)', died('SIGKILL')),
  python('a segmentation fault', 'import ctypes; ctypes.string_at(0)', died('SIGSEGV')),
  python('an abort', 'import os; print("x", flush=True); os.abort()', died('SIGABRT'), {
    stdout: 'x\n',
  }),
  shell('SIGTERM to itself', 'kill -TERM $$', died('SIGTERM')),
  python('too much memory', `print("before", flush=True)\n${hog}`, outOfMemory, {
    ...{ memoryMb: 64, stdout: 'before\n' },
  }),
  python('children that need too much memory', childrenHog, outOfMemory, {
    ...{ memoryMb: 64, stdout: 'parent\n' },
  }),
  shell('a fork bomb', 'echo before; b() { b | b & }; b; wait; sleep 5', tooManyPids, {
    stdout: 'before\n',
  }),
  python('a thread bomb', threadBomb, tooManyPids),
  shell('too much output', 'yes', killed('output_limit', /more than 4194304 bytes/), {
    stdout: /^(y\n)+$/,
  }),
];

const timeouts: readonly Case[] = [
  python(
    'wall time',
    'import time; print("before", flush=True); time.sleep(60)',
    killed('timeout', /longer than its wall time of 1 s/),
    { timeoutSeconds: 1, stdout: 'before\n' },
  ),
  python(
    'cpu time',
    'print("before", flush=True)\nwhile True: pass',
    killed('timeout', /s of cpu time/),
    { timeoutSeconds: 1, stdout: 'before\n' },
  ),
  shell(
    'cpu time of several processes',
    'echo before; for i in 1 2 3; do while :; do :; done & done; wait',
    killed('timeout', /s of cpu time/),
    { timeoutSeconds: 1, stdout: 'before\n' },
  ),
];

describe('a verdict', () => {
  const under = usePlatform({ driver: 'oci' });

  async function judged({ name, status, exitCode, signal, message, stdout, ...wanted }: Case) {
    const { result, ...outcome } = await runExactly(under.client, wanted);
    expect({ status: outcome.status, exitCode: outcome.exitCode }).toEqual({ status, exitCode });
    expect(result.retryable).toBe(false);
    if (signal !== undefined) expect(result.signal).toBe(signal);
    expect(result.message).toMatch(message ?? /^$/);
    if (stdout !== undefined) expect(outcome.stdout).toMatch(asPattern(stdout));
    return { result, ...outcome };
  }

  it.each(cases)('on $name is $status', async (wanted) => {
    const { result } = await judged(wanted);
    expect(result.executionTimeMs).toBeLessThan(5_000 * slowness());
    await expectCleanRun(under.client);
  });

  it.each(timeouts)('on $name is timeout, at most 100 ms late, output kept', async (wanted) => {
    const startedMs = performance.now();
    const { result } = await judged(wanted);
    const seenMs = performance.now() - startedMs;
    expect(result.executionTimeMs).toBeGreaterThan(wanted.name === 'wall time' ? 999 : 500);
    expect(result.executionTimeMs).toBeLessThanOrEqual(1_000 + latenessMs * slowness());
    expect(seenMs).toBeLessThan(2_000 * slowness());
    await expectCleanRun(under.client);
  });

  it('on too much output cuts the result at 64 KiB and reading at the limit', async () => {
    const { result } = await judged(shell('y', 'yes', killed('output_limit', /4194304 bytes/)));
    expect(result.stdout?.truncated).toBe(true);
    expect(result.stdout?.data.length).toBe(64 * 1024);
    expect(Number(result.stdout?.totalBytes)).toBeGreaterThan(4 * 1024 * 1024);
  });

  it.each([
    ['timeout', 'sleep 30', 1],
    ['completed', 'exit 0', 5],
  ])('of %s leaves nothing of a tree that hid itself', async (status, ending, timeoutSeconds) => {
    const marker = `31${randomInt(1e9, 9e9)}`;
    const hidden = `trap "" TERM HUP; (setsid sh -c "trap \\"\\" TERM; sleep ${marker} & echo > up; sleep ${marker}" &) &`;
    const code = `${hidden}\nuntil [ -e up ]; do :; done; echo hid; ${ending}`;
    let seen = 0;
    const request = { language: 'sh', code, timeoutSeconds, userId: 'ann' };
    const outcome = await under.client.run(request, {
      onStdout() {
        seen = processesWith(marker).length;
      },
    });
    expect(outcome).toMatchObject({ status, stdout: 'hid\n' });
    if (status === 'timeout') expect(seen).toBeGreaterThan(0);
    await until('the tree is gone', () => processesWith(marker).length === 0, 1_000 * slowness());
  });
});

function asPattern(text: string | RegExp): RegExp {
  return typeof text === 'string' ? new RegExp(`^${text}$`) : text;
}
