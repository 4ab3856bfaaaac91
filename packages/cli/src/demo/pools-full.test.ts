import { Pool } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { arePoolsFull, poolProblems, poolProgress, poolsLeftOut } from './pools-full.ts';

const pool = (given: Parameters<typeof Pool.create>[0]) => Pool.create(given);
const policy = { minSize: 2 };
const python = pool({ language: 'python', targetSize: 1, preparing: ['n: pulling'] });

describe('arePoolsFull', () => {
  it.each([
    ['there is no plan yet', [], false],
    ['a target is not set yet', [pool({ policy })], false],
    ['one is short', [pool({ targetSize: 1, available: 1 }), pool({ targetSize: 1 })], false],
    ['all have what is wanted', [pool({ targetSize: 2, available: 3, policy })], true],
    ['nothing is wanted', [pool({})], true],
    ['one is unavailable', [pool({ targetSize: 1, unavailable: true })], true],
    ['a language is being prepared', [python], false],
    ['an application is being prepared', [pool({ targetSize: 1, preparing: ['n: npm ci'] })], true],
    ['the nodes hold no more', [pool({ targetSize: 1, available: 1, capped: true, policy })], true],
  ])('%s', (_, pools, full) => expect(arePoolsFull(pools)).toBe(full));
});

describe('progress', () => {
  it('shows what is wanted and what is in the way', () => {
    const pools = [
      pool({ template: 'python', targetSize: 2, available: 1 }),
      pool({ template: 'java' }),
      pool({ template: 'js', targetSize: 1, problems: ['no node here'] }),
    ];
    expect(poolProgress(pools)).toBe('python 1/2, js 0/1');
    expect(poolProblems(pools)).toEqual(['js: no node here']);
    expect(poolsLeftOut([pool({ template: 'java' })])).toEqual([]);
    const left = [
      pool({ template: 'go', targetSize: 1, unavailable: true, problems: ['n: no go'] }),
      pool({ template: 'nextjs', targetSize: 1, preparing: ['n: npm ci'] }),
    ];
    expect(poolsLeftOut(left)).toEqual([
      'go is unavailable: n: no go',
      'nextjs is still being prepared',
    ]);
    expect(poolProgress([])).toBe('waiting for a plan');
  });
});
