// Programs that try to break the platform by what they use, write and leave. Each gets its verdict
// in time, and the sandbox after it is clean. The numbers are those of the list of hostile programs
// in the requirements.
import { describe, expect, it } from 'vitest';
import { expectCleanRun, runExactly, type Wanted } from './behaviour-fixture.ts';
import { usePlatform } from './fixture.ts';

interface Case extends Wanted {
  readonly name: string;
  readonly status: string;
  readonly exitCode?: number;
  readonly stdout?: string;
}

type More = Partial<Case>;
const python = (name: string, code: string, status: string, more: More = {}): Case => ({
  ...{ name, language: 'python', code, status, timeoutSeconds: 5, ...more },
});
const shell = (name: string, code: string, status: string, more: More = {}): Case => ({
  ...{ name, language: 'sh', code, status, timeoutSeconds: 5, ...more },
});
const javascript = (name: string, code: string, status: string, more: More = {}): Case => ({
  ...{ name, language: 'javascript', code, status, timeoutSeconds: 5, ...more },
});

/** Runs until it is refused and prints the name of the refusal. */
const untilRefused = (setUp: string, step: string) => `
import errno, os
${setUp}
try:
    i = 0
    while True:
        i += 1
        ${step}
except OSError as error:
    print(errno.errorcode[error.errno], flush=True)
    os._exit(0)`;

const resources: readonly Case[] = [
  shell('1 fork bomb', 'b() { b | b & }; b; wait; sleep 5', 'pids_limit'),
  python(
    '2 thread bomb',
    'import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(60,)).start()',
    'pids_limit',
  ),
  shell(
    '4 memory over children',
    'for i in 1 2 3; do tail /dev/zero & done; wait',
    'out_of_memory',
    {
      memoryMb: 64,
    },
  ),
  shell(
    '5 tmpfs filled past the memory',
    'head -c 63m /dev/zero > big; cat big big | tail',
    'out_of_memory',
    {
      memoryMb: 64,
    },
  ),
  python('8 descriptors', untilRefused('kept = []', 'kept.append(os.open("/", 0))'), 'completed', {
    stdout: 'EMFILE\n',
  }),
  python(
    '9 disk',
    untilRefused('f = open("big", "wb", buffering=0)', 'f.write(bytes(1 << 20))'),
    'completed',
    { stdout: 'ENOSPC\n' },
  ),
  python('10 inodes', untilRefused('', 'os.close(os.open(str(i), os.O_CREAT))'), 'completed', {
    stdout: 'ENOSPC\n',
    timeoutSeconds: 10,
  }),
  python(
    '11 sparse file of 1 TB',
    untilRefused('f = open("big", "wb")', 'os.posix_fallocate(f.fileno(), 0, 1 << 40)'),
    'completed',
    { stdout: 'EFBIG\n' },
  ),
  python(
    '12 deep directories',
    'import os\nfor i in range(3000):\n    os.mkdir("d"); os.chdir("d")\nprint("deep")',
    'completed',
    { stdout: 'deep\n' },
  ),
  python('14 deep recursion', 'def f(): f()\nf()', 'completed', { exitCode: 1 }),
];

const output: readonly Case[] = [
  javascript(
    '15 endless output',
    '(function on() { process.stdout.write("x".repeat(4096), on) })()',
    'output_limit',
  ),
  python('16 one line of 100 MB', 'print("x" * (100 << 20))', 'output_limit', { memoryMb: 512 }),
  python(
    '17 stderr flooded with stdout closed',
    'import os\nos.close(1)\nwhile True: os.write(2, bytes(4096))',
    'output_limit',
  ),
  shell('18 stdin that is never read', 'echo unread', 'completed', {
    ...{ stdin: 'x'.repeat(1024 * 1024), stdout: 'unread\n' },
  }),
  shell('21 stdout closed, then on', 'echo on; exec >&- 2>&-; sleep 60', 'timeout', {
    ...{ timeoutSeconds: 1, stdout: 'on\n' },
  }),
];

const lifetime: readonly Case[] = [
  shell('24 a grandchild that holds stdout', '(sleep 60 &) ; echo done', 'completed', {
    stdout: 'done\n',
  }),
  shell('25 kill -9 -1', 'echo bye; sh -c "kill -9 -1"; sleep 60', 'failed', { stdout: 'bye\n' }),
  shell('26 SIGSTOP to itself', 'echo stop; kill -STOP $$; echo on', 'timeout', {
    ...{ timeoutSeconds: 1, stdout: 'stop\n' },
  }),
  shell('26 SIGSTOP to everything', 'echo stop; sh -c "kill -STOP -1"; echo on', 'timeout', {
    ...{ timeoutSeconds: 1, stdout: 'stop\n' },
  }),
];

describe('a hostile program', () => {
  const under = usePlatform({ driver: 'oci' });

  it.each([...resources, ...output, ...lifetime])('$name: $status', async (given) => {
    const { name, status, exitCode, stdout, ...wanted } = given;
    const startedMs = performance.now();
    const { result, ...outcome } = await runExactly(under.client, wanted);
    expect({ name, status: outcome.status }).toEqual({ name, status });
    if (stdout !== undefined) expect(outcome.stdout).toBe(stdout);
    if (exitCode !== undefined) expect(outcome.exitCode).toBe(exitCode);
    const limitMs = (wanted.timeoutSeconds ?? 10) * 1_000;
    expect(result.executionTimeMs).toBeLessThanOrEqual(limitMs + 100);
    expect(performance.now() - startedMs).toBeLessThan(limitMs + 1_000);
    await expectCleanRun(under.client);
  });

  it('33 of a thousand files with odd names gets them all', async () => {
    const odd = Array.from({ length: 999 }, (_, i) => ({
      path: `d${i % 7}/ñ 😀 "${i}" $(x)\n`,
      content: `${i}`,
    }));
    const main = `
import os
found = {open(os.path.join(d, f)).read() for d, _, fs in os.walk(".") for f in fs if f != "main.py"}
print(found == {str(i) for i in range(999)})`;
    const files = [{ path: 'main.py', content: main }, ...odd];
    const outcome = await runExactly(under.client, { language: 'python', files });
    expect(outcome).toMatchObject({ status: 'completed', stdout: 'True\n', stderr: '' });
  });

  it('costs its neighbours nothing: all of them at once, and honest runs between', async () => {
    const honest = Array.from({ length: 10 }, (_, i) =>
      runExactly(under.client, {
        ...{ language: 'sh', code: `echo ${i}`, userId: 'honest', timeoutSeconds: 10 },
      }),
    );
    const hostile = [...lifetime, ...output].map(({ name: _, status, ...wanted }) =>
      runExactly(under.client, { ...wanted, userId: 'hostile' }).then((outcome) => {
        expect(outcome.status).toBe(status);
      }),
    );
    const outcomes = await Promise.all(honest);
    expect(outcomes.map(({ stdout }) => stdout)).toEqual(honest.map((_, i) => `${i}\n`));
    await Promise.all(hostile);
  });
});
