// Jobs with a compile stage, runners that are the service themselves, and preparing templates.
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { expect, it } from 'vitest';
import type { JobProgram, Sandbox, SandboxSpec } from '../driver.ts';
import { type Harness, limits, usageWhen } from './harness.ts';

const nonce = '0123456789abcdef0123456789abcdef';
const never = new AbortController().signal;

/** Runs compile.sh as its compiler and main.sh as the program. */
const stagedRunner = `printf R
read -r length || exit 0
head -c "$length" | tar -xf - -C / || exit 125
. /job/profile
read -r nonce </job/nonce
cd /workspace || exit 125
sh ./compile.sh </dev/null
code=$?
printf '\\000%s %s\\n' "$nonce" "$code"
printf '\\000%s %s\\n' "$nonce" "$code" >&2
[ "$code" = 0 ] || exit "$code"
[ "$(head -c 1 | wc -c)" = 1 ] || exit 0
exec sh ./main.sh </job/stdin
`;

function stagedSpec(harness: Harness): SandboxSpec {
  const spec = harness.spec('shell');
  const { files } = spec.template;
  return {
    ...spec,
    template: {
      ...spec.template,
      runner: ['sh', '/pilotlight/lib/staged.sh'],
      files: [
        ...files.filter(({ path }) => path === '/pilotlight/init.sh'),
        { path: '/pilotlight/lib/staged.sh', content: stagedRunner },
      ],
    },
  };
}

/** Both outputs up to the markers, which are checked; `rest` is what came after the one on stdout. */
async function untilMarkers(program: JobProgram) {
  const marker = new RegExp(`^([^]*?)\\x00${nonce} (\\d+)\\n([^]*)$`);
  const read = async (stream: JobProgram['stdout']) => {
    let text = '';
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      text += String(chunk);
      if (marker.test(text)) break;
    }
    return marker.exec(text)?.slice(1) ?? [text];
  };
  const [out, err] = await Promise.all([read(program.stdout), read(program.stderr)]);
  expect(err[1]).toBe(out[1]);
  return { out: out[0], err: err[0], code: Number(out[1]), rest: out[2] };
}

interface Sources {
  readonly compile: string;
  readonly main: string;
}

async function start(harness: Harness, { compile, main }: Sources, stdin = '') {
  const sandbox = await harness.make(stagedSpec(harness));
  const job = harness.job(
    main,
    {
      files: [{ path: 'compile.sh', content: Buffer.from(compile) }],
      stdin: Buffer.from(stdin),
      nonce,
    },
    'shell',
  );
  return { sandbox, program: sandbox.run(job, { isStaged: true }) };
}

async function peakOf(sandbox: Sandbox): Promise<number> {
  return (await sandbox.usage()).peakMemoryBytes;
}

/** Cases that the fake passes too. */
export function stagedCases(harness: () => Harness): void {
  it('holds a staged job after its compile stage until it may go on', async () => {
    const { sandbox, program } = await start(
      harness(),
      {
        compile: 'echo compiling; echo careful >&2\n',
        main: '# fake compile: print compiling; error careful\n# fake: echo; exit 4\ncat; exit 4\n',
      },
      'through',
    );
    const stage = await untilMarkers(program);
    expect(stage).toEqual({ out: 'compiling\n', err: 'careful\n', code: 0, rest: '' });
    await sandbox.setLimits(limits);
    program.proceed();
    program.proceed();
    const { stdout, exit } = await harness().outcome(sandbox, program);
    expect([stdout, exit]).toEqual(['through', { kind: 'exited', code: 4 }]);
  });

  it('ends a staged job that does not compile', async () => {
    const { sandbox, program } = await start(harness(), {
      compile: 'echo "line 1: no" >&2; exit 3\n',
      main: '# fake compile: error line 1: no; exit 3\n# fake: print never\necho never\n',
    });
    expect(await untilMarkers(program)).toMatchObject({ err: 'line 1: no\n', code: 3 });
    const { stdout, exit } = await harness().outcome(sandbox, program);
    expect([stdout, exit]).toEqual(['', { kind: 'exited', code: 3 }]);
  });

  it('ends a staged job that is not let on', async () => {
    const { sandbox, program } = await start(harness(), {
      compile: ':\n',
      main: '# fake: print never\necho never\n',
    });
    await untilMarkers(program);
    await sandbox.kill();
    program.proceed();
    const { stdout, exit } = await harness().outcome(sandbox, program);
    expect([stdout, exit]).toEqual(['', { kind: 'signalled', signal: 'SIGKILL' }]);
  });

  it('measures the stages apart', async () => {
    const { sandbox, program } = await start(harness(), {
      compile: 'head -c 96m /dev/zero | tail -c 96m >/dev/null\n',
      main: '# fake compile: memory 96000000; memory 1000; cpu 50\n# fake: memory 2000; cpu 5\n:\n',
    });
    await untilMarkers(program);
    const compiled = await sandbox.usage();
    expect(compiled.peakMemoryBytes).toBeGreaterThan(80_000_000);
    await usageWhen(sandbox, ({ memoryBytes }) => memoryBytes < 40_000_000);
    await sandbox.resetPeakMemory();
    expect(await peakOf(sandbox)).toBeLessThan(40_000_000);
    program.proceed();
    const { usage } = await harness().outcome(sandbox, program);
    expect(usage.peakMemoryBytes).toBeLessThan(40_000_000);
    expect(usage.cpuTimeMs).toBeGreaterThan(compiled.cpuTimeMs);
  });

  it('gives a job or a watcher, but not both', async () => {
    const sandbox = await harness().create();
    sandbox.watch();
    expect(() => sandbox.run(harness().job(''))).toThrow(/already/);
    expect(() => sandbox.watch()).toThrow(/already/);
  });

  it('prepares a template once, and tells its version', async () => {
    const { driver } = harness();
    const { template } = harness().spec('python');
    const first = await driver.prepare(template, { signal: never });
    const second = await driver.prepare(template, { signal: never });
    expect(second.version).toBe(first.version);
    expect(second.imagePullMs).toBeLessThan(20 * slowness());
    await expect(driver.prepare(template, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
}

/** Cases that need real processes. */
export function realStagedCases(harness: () => Harness): void {
  it('shows a runner that is the service itself', async () => {
    const spec = harness().spec('shell');
    const service = 'printf R; echo serving; echo careful >&2; exit 5';
    const template = { ...spec.template, runner: ['sh', '-c', service] };
    const sandbox = await harness().make({ ...spec, template });
    const { stdout, stderr, exit } = await harness().outcome(sandbox, sandbox.watch());
    expect([stdout, stderr, exit]).toEqual(['serving\n', 'careful\n', { kind: 'exited', code: 5 }]);
  });

  it('says why a template cannot work here', async () => {
    const { template } = harness().spec('shell');
    const broken = { ...template, image: 'pilotlight/nonesuch', toolchains: ['no-such-program'] };
    const { driver } = harness();
    await expect(driver.prepare(broken, { signal: never })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/install|npm run images/),
    });
  });

  it('refuses template files outside their folder', async () => {
    const spec = harness().spec('shell');
    for (const path of ['/pilotlight/../etc/x', '/etc/x', '/pilotlight', '/pilotlight/a//b']) {
      const files = [...spec.template.files, { path, content: '' }];
      const made = harness().driver.create(
        { ...spec, template: { ...spec.template, files } },
        never,
      );
      await expect(made).rejects.toMatchObject({ code: 'invalid_argument' });
    }
  });
}
