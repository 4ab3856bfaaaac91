// What the kernel does is covered by oci/hibernation.test.ts and docker/hibernation.test.ts; version 2 of
// control groups is not on every machine, so its files are played by a directory.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freeSwapBytes, probeHibernation, swapOut } from './hibernation.ts';

let directory = '';
const write = (name: string, content: string) => writeFileSync(join(directory, name), content);
const read = (name: string) => readFileSync(join(directory, name), 'utf8');

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pilotlight-hibernation-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

it('adds up what is free of all swaps', () => {
  const table = `Filename  Type  Size  Used  Priority
/dev/sda2 partition 1000 400 -2
/swap file 24 0 -3
`;
  expect(freeSwapBytes(table)).toBe(624 * 1_024);
  expect(freeSwapBytes('Filename Type Size Used Priority\n')).toBe(0);
});

it('asks version 2 for all of the memory, and leaves its limits as they were', async () => {
  write('memory.current', '0\n');
  write('memory.swap.max', '0\n');
  write('memory.reclaim', '');
  await swapOut({ version: 'v2', directory });
  expect([read('memory.reclaim'), read('memory.swap.max').trim()]).toEqual(['0', '0']);
});

it('names the files that a kernel lacks', () => {
  const capability = probeHibernation({ version: 'v2', directory });
  expect(capability).toMatchObject({ available: false });
  expect(JSON.stringify(capability)).toContain('memory.reclaim');
});
