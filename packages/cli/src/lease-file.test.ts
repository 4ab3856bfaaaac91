import { describe, expect, it } from 'vitest';
import { leaseFile, leaseFileOf } from './lease-file.ts';

describe('leaseFileOf', () => {
  it.each([
    ['in/data.csv', 'in/data.csv', 'data.csv'],
    ['data.csv:in/', 'data.csv', 'in/data.csv'],
    ['data.csv:in/other', 'data.csv', 'in/other'],
    ['data.csv:./other', 'data.csv', 'other'],
    ['data.csv:', 'data.csv', 'data.csv'],
    ['a:b:c', 'a:b', 'c'],
  ])('%s is %s at %s', (text, local, path) => {
    expect(leaseFileOf(text)).toEqual({ local, path });
  });
});

describe('leaseFile', () => {
  it('says what to do with a folder', async () => {
    await expect(leaseFile(import.meta.dirname)).rejects.toThrow(/pilotlight cp/);
  });
});
