import { describe, expect, it } from 'vitest';
import { envProblems, type LeaseOptions, leaseOptionProblems, networkOf } from './lease-options.ts';
import * as limits from './limits.ts';
import type { Template } from './template.ts';

const nothing: LeaseOptions = { env: {}, files: [], network: '' };
const file = (path: string, bytes = 0) => ({ path, content: new Uint8Array(bytes) });
const problems = (asked: Partial<LeaseOptions>) =>
  leaseOptionProblems({ ...nothing, ...asked }).map(({ field, problem }) => `${field}: ${problem}`);

describe('options of a lease', () => {
  it.each<[string, Partial<LeaseOptions>]>([
    ['nothing', {}],
    ['an environment', { env: { A: '', _b1: 'x=y\n"' } }],
    ['as much environment as there may be', { env: { A: 'x'.repeat(limits.maxEnvBytes - 3) } }],
    ['files', { files: [file('a'), file('b/c'), file('b/d'), file('ü/\u{1f600} \n')] }],
    ['as much of files as there may be', { files: [file('a', limits.maxLeaseFilesBytes)] }],
    ['a network', { network: 'egress' }],
    ['2 GiB', { limits: { memoryMb: 2_048, cpus: 2, pids: 512 } }],
  ])('may be %s', (_, asked) => {
    expect(problems(asked)).toEqual([]);
  });

  it.each<[string, Partial<LeaseOptions>, string]>([
    ['a name with =', { env: { 'A=B': '' } }, 'env.A=B: must be letters'],
    ['no name', { env: { '': 'x' } }, 'env.: must be letters'],
    ['a name with a digit in front', { env: { '1': '' } }, 'env.1: must be letters'],
    ['NUL in a value', { env: { A: 'a\0b' } }, 'env.A: must not contain NUL'],
    ['too much', { env: { A: 'x'.repeat(limits.maxEnvBytes - 2) } }, 'env: must be at most'],
    ['a way up', { files: [file('../a')] }, 'files[0].path: must not have'],
    ['an absolute path', { files: [file('a'), file('/a')] }, 'files[1].path: must be relative'],
    ['one path twice', { files: [file('a'), file('a')] }, 'files[1].path: is given twice'],
    ['a file below a file', { files: [file('a/b/c'), file('a')] }, 'files[1].path: is a folder'],
    ['too large files', { files: [file('a', limits.maxLeaseFilesBytes + 1)] }, 'use WriteFiles'],
    [
      'too many files',
      { files: Array.from({ length: 1_001 }, (_, n) => file(`${n}`)) },
      'files: must be at most 1000',
    ],
    ['another network', { network: 'host' }, 'network: must be one of none, egress'],
    ['too little memory', { limits: { memoryMb: 63, cpus: 0, pids: 0 } }, '64 to 2048 MB'],
  ])('must not be %s', (_, asked, problem) => {
    expect(problems(asked)).toEqual([expect.stringContaining(problem)]);
  });

  it('are told all at once', () => {
    const asked = { env: { '': '' }, files: [file('')], network: 'x' };
    expect(problems({ ...asked, limits: { memoryMb: 1, cpus: 9, pids: 1 } })).toHaveLength(6);
  });

  it('leave the network to the template unless they name one', () => {
    const online = { network: 'egress' } as Template;
    const cases = ['', 'none', 'egress'].map((asked) => networkOf(asked, online));
    expect(cases).toEqual(['egress', 'none', 'egress']);
  });
});

it('names variables that are too long in short', () => {
  const [problem] = envProblems('env', { ['-'.repeat(1_000)]: '' });
  expect(problem?.field.length).toBeLessThan(100);
});
