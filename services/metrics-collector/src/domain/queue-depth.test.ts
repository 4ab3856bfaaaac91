import { describe, expect, it } from 'vitest';
import { queueDepths } from './queue-depth.ts';

const languages = new Map([
  ['python', 'python'],
  ['py', 'python'],
]);

describe('queueDepths', () => {
  it('sums what a queue holds by language, and shows what is empty', () => {
    const counts = new Map([
      ['exec.request.normal.python', 3],
      ['exec.request.low.py', 1],
      ['exec.project.blue.normal.py', 1],
      ['exec.request.high.python', 1],
      ['exec.request.normal.cobol', 4],
      ['exec.dead.normal.python', 9],
    ]);
    expect(queueDepths(counts, languages)).toEqual([
      { queue: 'priority', language: 'python', depth: 1 },
      { queue: 'standard', language: 'python', depth: 5 },
      { queue: 'standard', language: 'unknown', depth: 4 },
    ]);
    expect(queueDepths(new Map(), languages)).toHaveLength(2);
  });
});
