import { expect, it } from 'vitest';
import { LastLines } from './last-lines.ts';

it('keeps the last twenty lines', () => {
  const lines = new LastLines();
  for (let i = 0; i < 100; i++) lines.add(`line ${i}\n`);
  expect(lines.text().split('\n')).toEqual(Array.from({ length: 20 }, (_, i) => `line ${i + 80}`));
  lines.add('x'.repeat(100_000));
  expect(lines.text().length).toBeLessThan(10_000);
});
