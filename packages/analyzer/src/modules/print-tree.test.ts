import { expect, test } from 'vitest';
import { treeLines } from './print-tree.ts';

const details = [
  { module: 'xml2js', parent: 'aws-sdk', self_ms: 5, total_ms: 5, files: 4 },
  { module: './index', self_ms: 10, total_ms: 100, files: 1 },
  {
    module: 'aws-sdk',
    parent: './index',
    self_ms: 85,
    total_ms: 90,
    files: 300,
    version: '2.0.0',
    used: false,
  },
];

test('children stand below what loaded them, with a bar of their share', () => {
  expect(treeLines(details, 100)).toEqual([
    `    total     self  ${' '.repeat(20)}  module`,
    `    100.0     10.0  ${'#'.repeat(20)}  ./index`,
    `     90.0     85.0  ${'#'.repeat(18)}      aws-sdk 2.0.0 (not used by the first call)`,
    `      5.0      5.0  #${' '.repeat(19)}      xml2js`,
  ]);
});

test('no line is wider than the terminal, and no name moves its cursor', () => {
  const lines = treeLines(
    [{ module: `./\u001b[2J${'x'.repeat(300)}`, self_ms: 2, total_ms: 2, files: 1 }],
    80,
  );
  expect(Math.max(...lines.map((it) => it.length))).toBe(80);
  expect(lines.join('')).not.toContain('\u001b');
});

test('a long tree ends with how much was left out', () => {
  const many = Array.from({ length: 100 }, (_, index) => ({
    module: `m${index}`,
    self_ms: 2,
    total_ms: 2,
    files: 1,
  }));
  expect(treeLines(many, 80).at(-1)).toBe('... and 41 more');
});

test('nothing to tell is told', () => {
  expect(treeLines([], 80)).toEqual(['no module took over 1 ms']);
});
