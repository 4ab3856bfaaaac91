import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CacheableRun, cacheKey, resultKey } from './cache-key.ts';
import { canonicalJson } from './canonical-json.ts';

const bytes = fc.uint8Array({ maxLength: 8 });
const runs: fc.Arbitrary<CacheableRun> = fc.record({
  tenant: fc.string({ maxLength: 3 }),
  template: fc.constantFrom('python', 'javascript'),
  templateRevision: fc.constantFrom('a', 'b'),
  language: fc.constantFrom('python', 'javascript'),
  version: fc.constantFrom('3.11.2', '3.12'),
  files: fc.array(fc.record({ path: fc.string({ maxLength: 2 }), content: bytes }), {
    maxLength: 2,
  }),
  stdin: bytes,
  args: fc.array(fc.string({ maxLength: 2 }), { maxLength: 3 }),
  limits: fc.record({
    timeout: fc.nat(2),
    memoryLimit: fc.nat(2),
    compileTimeout: fc.nat(2),
    compileMemoryLimit: fc.nat(2),
  }),
});

/** Equal by what they hold, typed arrays included. */
const shown = (run: CacheableRun) =>
  canonicalJson({
    ...run,
    files: run.files.map(({ path, content }) => [path, [...content]]),
    stdin: [...run.stdin],
  });

describe('the key of a result', () => {
  it('is the same for equal runs and another for all others', () => {
    fc.assert(
      fc.property(runs, runs, (a, b) => {
        expect(resultKey(a)).toMatch(/^[0-9a-f]{64}$/);
        expect(resultKey(a) === resultKey(b)).toBe(shown(a) === shown(b));
      }),
      { numRuns: 300 },
    );
  });

  it('changes with each single part', () => {
    const run: CacheableRun = {
      ...{ tenant: 't', template: 'x', templateRevision: 'r', language: 'l', version: '1' },
      files: [{ path: 'a', content: Buffer.from('bc') }],
      ...{ stdin: Buffer.from(''), args: ['ab', 'c'] },
      limits: { timeout: 1, memoryLimit: 0, compileTimeout: 0, compileMemoryLimit: 0 },
    };
    const others: CacheableRun[] = [
      ...(['tenant', 'template', 'templateRevision', 'language', 'version'] as const).map(
        (part) => ({ ...run, [part]: 'other' }),
      ),
      { ...run, files: [{ path: 'ab', content: Buffer.from('c') }] },
      { ...run, files: [...run.files, { path: 'b', content: Buffer.from('') }] },
      { ...run, stdin: Buffer.from('x') },
      { ...run, args: ['a', 'bc'] },
      { ...run, limits: { ...run.limits, memoryLimit: 1 } },
      { ...run, limits: { ...run.limits, timeout: 0 } },
    ];
    const keys = new Set([run, ...others].map(resultKey));
    expect(keys.size).toBe(others.length + 1);
  });
});

describe('canonical JSON', () => {
  it('says the same whatever the order of members, and can be read back', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('keeps a member that is called __proto__', () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":2}'))).toBe('{"__proto__":2,"b":1}');
    expect(cacheKey(JSON.parse('{"__proto__":2}'))).not.toBe(cacheKey({}));
  });
});
