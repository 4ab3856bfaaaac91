import type { Template } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { PistonRefusal, pistonJob, type Runtime, wantedRuntime } from './piston-job.ts';

const cpp: Runtime = {
  ...{ language: 'cpp', version: '12.2.0' },
  template: {
    ...{ name: 'cpp', language: 'cpp', aliases: [], entry: 'main.cpp' },
    compile: { timeout_seconds: 20, memory_mb: 512 },
    limits: { min_memory_mb: 64 },
  } as unknown as Template,
};
const ceilings = { timeout: 30, memoryLimit: 512 };
const job = (more: object, files: readonly object[] = [{ content: 'x' }]) =>
  pistonJob({ files, ...more }, cpp, ceilings);

describe('limits', () => {
  it.each([
    [{}, { timeout: 0, memoryLimit: 0, compileTimeout: 0, compileMemoryLimit: 0 }],
    [
      { run_timeout: -1, run_memory_limit: -1 },
      { timeout: 0, memoryLimit: 0 },
    ],
    [
      { run_timeout: 1_500, compile_timeout: 60_000 },
      { timeout: 2, compileTimeout: 60 },
    ],
    [{ run_memory_limit: 100 * 2 ** 20 + 5 }, { memoryLimit: 100 }],
    [{ run_memory_limit: 1_000, compile_memory_limit: 2 ** 31 }, { memoryLimit: 64 }],
    [{ run_cpu_time: 3_000, compile_cpu_time: 10_000 }, { timeout: 0 }],
  ])('takes %j', (given, wanted) => {
    expect(job(given)).toMatchObject(wanted);
  });

  it.each([
    [{ run_timeout: 30_001 }, 'run_timeout cannot exceed the configured limit of 30000'],
    [{ run_cpu_time: 1e9 }, 'run_cpu_time cannot exceed the configured limit of 30000'],
    [{ compile_timeout: Number.NaN }, 'compile_timeout must be non-negative'],
    [{ compile_memory_limit: '1' }, 'If specified, compile_memory_limit must be a number'],
  ])('refuses %j', (given, message) => {
    expect(() => job(given)).toThrow(new PistonRefusal(message));
  });
});

it('runs the first text, under a name that the compiler knows', () => {
  const paths = (...files: readonly object[]) => job({}, files).files.map(({ path }) => path);
  expect(paths({ content: 'x' }, { content: 'y' })).toEqual(['main.cpp', 'file1.code']);
  expect(paths({ name: 'prog', content: 'x' })).toEqual(['prog.cpp']);
  expect(paths({ name: 'prog.cc', content: 'x' })).toEqual(['prog.cc']);
  expect(
    paths({ name: 'a', content: '', encoding: 'base64' }, { name: 'b.cpp', content: 'x' }),
  ).toEqual(['b.cpp', 'a']);
});

it('passes over what it does not know', () => {
  expect(job({ args: [1, 'a'], stdin: 5, x: 1 })).toMatchObject({ args: ['1', 'a'], stdin: '' });
  expect(() => wantedRuntime({ language: 'c', version: '*', files: [null] })).toThrow(
    'files[0].content is required as a string',
  );
});
