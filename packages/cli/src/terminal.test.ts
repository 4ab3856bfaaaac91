import { EventEmitter } from 'node:events';
import type { RunningCommand } from '@pilotlight/client';
import { describe, expect, it } from 'vitest';
import { lendTerminal, sizeOf, type Terminal } from './terminal.ts';

/** A terminal of the given size, and what was done to it. */
function terminal(columns: number, rows: number, isTTY = true) {
  const raw: boolean[] = [];
  const output = Object.assign(new EventEmitter(), { isTTY, columns, rows });
  const input = { isTTY: true, setRawMode: (mode: boolean) => void raw.push(mode) };
  return { raw, output, made: { input, output } as unknown as Terminal };
}

describe('sizeOf', () => {
  it.each([
    [132, 50, true, { columns: 132, rows: 50 }],
    [0, 0, true, { columns: 80, rows: 24 }],
    [9_999, 5, true, { columns: 2_000, rows: 5 }],
    [132, 50, false, { columns: 80, rows: 24 }],
  ])('%d x %d, a terminal: %s', (columns, rows, isTTY, size) => {
    expect(sizeOf(terminal(columns, rows, isTTY).made)).toEqual(size);
  });
});

describe('a lent terminal', () => {
  it('passes its size on and comes back as it was', () => {
    const { raw, output, made } = terminal(80, 24);
    const sizes: unknown[] = [];
    const command = { resize: (size: unknown) => void sizes.push(size) };
    const exits = process.listenerCount('exit');
    const restore = lendTerminal(made, command as unknown as RunningCommand);
    output.columns = 100;
    output.emit('resize');
    expect(sizes).toEqual([
      { columns: 80, rows: 24 },
      { columns: 100, rows: 24 },
    ]);
    expect(raw).toEqual([true]);
    restore();
    expect(raw).toEqual([true, false]);
    expect([output.listenerCount('resize'), process.listenerCount('exit')]).toEqual([0, exits]);
  });
});
