import { describe, expect, it } from 'vitest';
import { Preparations } from './preparations.ts';

const signal = new AbortController().signal;

describe('preparations', () => {
  it('do work once for all who wait, and keep what succeeded', async () => {
    const preparations = new Preparations<number>();
    const gate = Promise.withResolvers<void>();
    let runs = 0;
    const work = async (say: (step: string) => void) => {
      say('first');
      await gate.promise;
      say('second');
      return ++runs;
    };
    const heard: string[] = [];
    const early = preparations.get('a', work, { signal, onProgress: (s) => heard.push(`1 ${s}`) });
    await Promise.resolve();
    await Promise.resolve();
    const late = preparations.get('a', work, { signal, onProgress: (s) => heard.push(`2 ${s}`) });
    gate.resolve();
    expect(await Promise.all([early, late])).toEqual([1, 1]);
    expect(heard).toEqual(['1 first', '2 first', '1 second', '2 second']);
    expect(await preparations.get('a', work, { signal })).toBe(1);
    preparations.forget('a');
    expect(await preparations.get('a', work, { signal })).toBe(2);
  });

  it('let one give up without the others', async () => {
    const preparations = new Preparations<string>();
    const gate = Promise.withResolvers<string>();
    const impatient = new AbortController();
    const one = preparations.get('a', () => gate.promise, { signal: impatient.signal });
    const other = preparations.get('a', () => gate.promise, { signal });
    impatient.abort();
    await expect(one).rejects.toMatchObject({ code: 'cancelled' });
    gate.resolve('done');
    expect(await other).toBe('done');
  });

  it('try again what failed', async () => {
    const preparations = new Preparations<string>();
    const broken = preparations.get('a', () => Promise.reject(new Error('no')), { signal });
    await expect(broken).rejects.toThrow('no');
    expect(await preparations.get('a', async () => 'yes', { signal })).toBe('yes');
  });
});
