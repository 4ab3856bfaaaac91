// The compile stage through the whole platform, in real sandboxes: its output, verdicts, limits and
// figures apart from the program's.

import type { RunListeners, RunOutcome } from '@pilotlight/client';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { describe, expect, it } from 'vitest';
import { expectCleanRun, type Wanted } from './behaviour-fixture.ts';
import { usePlatform } from './fixture.ts';

const mebibyte = 1024 * 1024;

/** A program whose compiler makes 2^depth types: 400 MB and 4 s for 16, twice that for each more. */
const typesByTheThousand = (depth: number, main: string) => `
#include <cstdio>
#include <cstring>
#include <cstdlib>
template <int depth, unsigned at> struct Tree {
  static constexpr unsigned value =
      Tree<depth - 1, 2 * at>::value + Tree<depth - 1, 2 * at + 1>::value;
};
template <unsigned at> struct Tree<0, at> { static constexpr unsigned value = 1; };
constexpr unsigned leaves = Tree<${depth}, 0>::value;
${main}`;
const printsLeaves = 'int main() { std::printf("%u\\n", leaves); }';

describe('a compiled program', () => {
  const using = usePlatform({ templates: ['cpp', 'shell'] });
  const run = (wanted: Omit<Wanted, 'language'>, listeners?: RunListeners): Promise<RunOutcome> =>
    using.client.run({ language: 'cpp', userId: 'ann', ...wanted }, listeners);

  it('is compiled and run, with figures and output of each stage', async () => {
    const said: string[] = [];
    const files = [
      {
        path: 'main.cpp',
        content: `
#include <iostream>
#include <string>
#include "greeting/greeting.hpp"
#warning this is said by the compiler
int main(int count, char** args) {
  std::string name;
  std::getline(std::cin, name);
  std::cout << greeting(name) << count << args[1] << std::endl;
  std::cerr << "said by the program" << std::endl;
  return 3;
}`,
      },
      {
        path: 'greeting/greeting.hpp',
        content: '#include <string>\nstd::string greeting(std::string);',
      },
      {
        path: 'greeting/greeting.cpp',
        content:
          '#include "greeting.hpp"\nstd::string greeting(std::string n) { return "hello " + n; }',
      },
    ];
    const outcome = await run(
      { files, stdin: 'ann\n', args: ['x'] },
      {
        onCompileOutput: (_, stream) => said.push(`compile ${stream}`),
        onStdout: () => said.push('run stdout'),
        onStderr: () => said.push('run stderr'),
      },
    );
    expect(outcome).toMatchObject({
      ...{ status: 'completed', exitCode: 3 },
      ...{ stdout: 'hello ann2x\n', stderr: 'said by the program\n' },
      compile: { status: 'completed', exitCode: 0, stdout: '' },
    });
    expect(outcome.compile?.stderr).toContain('this is said by the compiler');
    const { result } = outcome;
    expect(result.version).toMatch(/^\d+(\.\d+)*$/);
    const { compile } = result;
    expect(compile?.executionTimeMs).toBeGreaterThan(result.executionTimeMs);
    expect(compile?.cpuTimeMs).toBeGreaterThan(result.cpuTimeMs);
    expect(compile?.memoryUsedBytes).toBeGreaterThan(result.memoryUsedBytes);
    expect(result.executionTimeMs).toBeGreaterThan(0);
    expect(result.memoryUsedBytes).toBeGreaterThan(0);
    // Everything of the compiler comes before anything of the program.
    expect(said.lastIndexOf('compile stderr')).toBeLessThan(said.indexOf('run stdout'));
    expect(new Set(said)).toEqual(new Set(['compile stderr', 'run stdout', 'run stderr']));
  });

  it('does not run where it does not compile', async () => {
    const outcome = await run({ code: 'int main() { return nothing; }' });
    expect(outcome).toMatchObject({
      ...{ status: 'compile_error', exitCode: -1, stdout: '', stderr: '' },
      compile: { status: 'completed', exitCode: 1 },
    });
    expect(outcome.compile?.stderr).toMatch(/main\.cpp:1.*‘nothing’|main\.cpp:1.*'nothing'/s);
    expect(outcome.result).toMatchObject({
      ...{ message: 'The compiler exited with 1.', retryable: false, executionTimeMs: 0 },
    });
  });

  it('is watched and looked up with its stages', async () => {
    const id = `stages-${Date.now()}`;
    const code = '#warning first\n#include <cstdio>\nint main() { std::puts("second"); }';
    await using.client.submit({ id, language: 'cpp', userId: 'ann', code });
    const stages: string[] = [];
    for await (const event of using.client.watchOutput(id)) {
      if (event.$case === 'output') stages.push(`${event.output.stage} ${event.output.stream}`);
    }
    expect(stages).toEqual(['compile stderr', 'run stdout']);
    const { result } = await using.client.get(id);
    expect(Buffer.from(result?.compile?.stderr?.data ?? []).toString()).toContain('first');
    expect(Buffer.from(result?.stdout?.data ?? []).toString()).toBe('second\n');
  });

  it('is ended while it compiles: time', async () => {
    const outcome = await run({
      code: typesByTheThousand(30, printsLeaves),
      ...{ compileTimeoutSeconds: 1, compileMemoryMb: 2_048 },
    });
    expect(outcome).toMatchObject({
      ...{ status: 'compile_error', compile: { status: 'timeout', exitCode: -1 } },
      result: { message: expect.stringMatching(/^While it was compiled, it .* time of 1 s/) },
    });
    expect(outcome.result.compile?.executionTimeMs).toBeGreaterThanOrEqual(1_000);
    expect(outcome.result.compile?.executionTimeMs).toBeLessThan(1_000 + 100 * slowness());
  });

  it('is ended while it compiles: memory', async () => {
    const outcome = await run({ code: typesByTheThousand(30, printsLeaves), compileMemoryMb: 128 });
    expect(outcome).toMatchObject({
      ...{ status: 'compile_error', compile: { status: 'out_of_memory', exitCode: -1 } },
      result: { message: 'While it was compiled, it needed more than its 128 MB of memory.' },
    });
    expect(outcome.result.compile?.memoryUsedBytes).toBeLessThanOrEqual(128 * mebibyte);
  });

  it('is ended while it compiles: output', async () => {
    const code = `#define M _Pragma("GCC warning \\"${'x'.repeat(900)}\\"")
#define M8 M M M M M M M M
#define M64 M8 M8 M8 M8 M8 M8 M8 M8
#define M512 M64 M64 M64 M64 M64 M64 M64 M64
${'M512\n'.repeat(10)}
int main() {}`;
    expect(await run({ code, compileMemoryMb: 1_024 })).toMatchObject({
      ...{ status: 'compile_error', compile: { status: 'output_limit' } },
    });
  });

  it('is cancelled while it compiles', async () => {
    const id = `cancelled-${Date.now()}`;
    const code = `#warning begun\n${typesByTheThousand(30, printsLeaves)}`;
    const wanted = { id, code, compileTimeoutSeconds: 60, compileMemoryMb: 2_048 };
    const outcome = await run(wanted, { onCompileOutput: () => void using.client.cancel(id) });
    expect(outcome).toMatchObject({ status: 'cancelled', compile: { status: 'cancelled' } });
  });

  it('has its own memory limit after a compiler that needed far more', async () => {
    const wanted = { memoryMb: 64, compileMemoryMb: 1_024, compileTimeoutSeconds: 60 };
    const small = await run({ code: typesByTheThousand(16, printsLeaves), ...wanted });
    expect(small).toMatchObject({ status: 'completed', stdout: `${2 ** 16}\n` });
    expect(small.result.compile?.memoryUsedBytes).toBeGreaterThan(300 * mebibyte);
    expect(small.result.memoryUsedBytes).toBeLessThan(64 * mebibyte);
    const allocates = `int main() {
      std::printf("%u\\n", leaves);
      std::fflush(stdout);
      for (;;) std::memset(std::malloc(${mebibyte}), 1, ${mebibyte});
    }`;
    const big = await run({ code: typesByTheThousand(10, allocates), ...wanted });
    expect(big).toMatchObject({
      ...{ status: 'out_of_memory', exitCode: -1, stdout: '1024\n' },
      ...{ compile: { status: 'completed' } },
      result: { message: 'It needed more than its 64 MB of memory.' },
    });
  });

  it('is not charged for what only its compiler needed, and is for what that left', async () => {
    const bytes = 35 * mebibyte;
    const filled = `asm(".data\\n.globl filled\\nfilled: .fill ${bytes}, 1, 7");`;
    const main = 'extern "C" char filled[]; int main() { return filled[1]; }';
    const files = [
      { path: 'main.cpp', content: main },
      { path: 'filled.cpp', content: filled },
    ];
    // Its object file and the program are more than 64 MB together; only the program is left.
    const roomy = await run({ files, memoryMb: 64, compileMemoryMb: 512 });
    expect(roomy).toMatchObject({ status: 'completed', exitCode: 7 });
    expect(roomy.result.memoryUsedBytes).toBeGreaterThan(bytes);
  });

  it('has a wall time of its own', async () => {
    const code = '#include <unistd.h>\nint main() { for (;;) pause(); }';
    const { status, result } = await run({ code, timeoutSeconds: 1 });
    expect({ status, compile: result.compile?.status }).toEqual({
      ...{ status: 'timeout', compile: 'completed' },
    });
    expect(result.executionTimeMs).toBeGreaterThanOrEqual(1_000);
    expect(result.executionTimeMs).toBeLessThan(1_000 + 100 * slowness());
  });

  it('leaves the next sandbox clean', () => expectCleanRun(using.client));
});
