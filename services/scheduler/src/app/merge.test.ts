import { describe, expect, it } from 'vitest';
import { merge } from './merge.ts';

const { signal } = new AbortController();

async function* counting(label: string, count: number, pulled: string[] = []) {
  for (let n = 1; n <= count; n += 1) {
    pulled.push(`${label}${n}`);
    yield `${label}${n}`;
  }
}

async function* silent(): AsyncGenerator<string> {
  await new Promise(() => undefined);
  yield 'never';
}

describe('merge', () => {
  it('yields everything of every source, each in order', async () => {
    const seen: string[] = [];
    for await (const it of merge([counting('a', 3), counting('b', 2)], signal)) seen.push(it);
    expect(seen.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);
    expect(seen.filter((it) => it.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
  });

  it('pulls one item ahead of its reader, not more', async () => {
    const pulled: string[] = [];
    const merged = merge([counting('a', 100, pulled)], signal);
    await merged.next();
    await merged.next();
    expect(pulled.length).toBeLessThanOrEqual(3);
    await merged.return(undefined);
  });

  it('ends when told to, although a source hangs', async () => {
    const over = new AbortController();
    const merged = merge([silent()], over.signal);
    const next = merged.next();
    over.abort();
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('fails with the source that fails', async () => {
    const failing = (async function* (): AsyncGenerator<string> {
      yield 'first';
      throw new Error('broken');
    })();
    const merged = merge([silent(), failing], signal);
    expect((await merged.next()).value).toBe('first');
    await expect(merged.next()).rejects.toThrow('broken');
  });
});
