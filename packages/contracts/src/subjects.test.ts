import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressOf, sandboxId } from './ids.ts';
import { parseSubject, streams, subject, subjectFilter, subjectsOf } from './subjects.ts';
import { priorities } from './vocabulary.ts';

const tokens = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);

describe('subjects', () => {
  test('are read back as they were made', () => {
    fc.assert(
      fc.property(fc.constantFrom(...priorities), tokens, (priority, language) => {
        const made = subject('executionRequest', { priority, language });
        expect(parseSubject('executionRequest', made)).toEqual({ priority, language });
      }),
    );
  });

  test.each(['', 'a.b', '*', '>', 'a b', 'é', 'x'.repeat(65)])('refuse the token %j', (id) => {
    expect(() => subject('executionResult', { id })).toThrow('1 to 64');
  });

  test('filters leave open what is not given', () => {
    expect(subjectFilter('executionRequest', { priority: 'low' })).toBe('exec.request.low.*');
    expect(subjectFilter('sandboxEvent')).toBe('sandbox.event.*.*');
  });

  test('another kind of subject is no match', () => {
    expect(parseSubject('executionOutput', 'exec.result.x')).toBeUndefined();
  });

  test('no two streams take the same subject', () => {
    const taken = Object.keys(streams).flatMap((name) => subjectsOf(name as keyof typeof streams));
    expect(new Set(taken).size).toBe(taken.length);
    expect(taken).toContain('exec.request.high.*');
  });
});

describe('sandbox ids', () => {
  test('name their node and its incarnation', () => {
    const id = sandboxId({ node: 'node-1', incarnation: 'k3x9' }, 36);
    expect(id).toBe('sb_node-1_k3x9_10');
    expect(addressOf(id)).toEqual({ node: 'node-1', incarnation: 'k3x9' });
  });

  test.each(['', 'sb_a_b', 'sb_a_b_c_d', 'xx_a_b_c', 'sb_../x_b_c'])('%j is none', (text) => {
    expect(addressOf(text)).toBeUndefined();
  });
});
