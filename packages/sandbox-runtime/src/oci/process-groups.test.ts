import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type ProcessStat, readStat, signalGroup, terminalPath, treeOf } from './process-groups.ts';

const stat = (pid: number, parent: number): ProcessStat => ({
  ...{ pid, parent, group: pid, session: pid, terminal: 0, foreground: -1 },
});

describe('processes as the host sees them', () => {
  it.each([
    ['whole, whatever the order', [stat(3, 2), stat(2, 1), stat(1, 0)], [3, 2, 1]],
    ['without strangers', [stat(1, 0), stat(2, 9), stat(3, 2)], [1]],
    ['of one that has gone, as far as it can be seen', [stat(2, 1), stat(3, 2)], [2, 3]],
    ['of nothing', [], []],
  ])('are a tree: %s', (_, all, pids) => {
    expect(treeOf(1, all).map(({ pid }) => pid)).toEqual(pids);
  });

  it.each([
    [136 << 8, '/dev/pts/0'],
    [(136 << 8) | 7, '/dev/pts/7'],
    [(136 << 8) | 0xff, '/dev/pts/255'],
    [(1 << 20) | (136 << 8), '/dev/pts/256'],
  ])('have the terminal with the number %i at %s', (device, path) => {
    expect(terminalPath(device)).toBe(path);
  });

  it('are read whatever they are called, and gone ones are left alone', async () => {
    const script = `process.title = 'a) b (c 1 2 3'; process.stdout.write('up'); setInterval(() => 0, 1e6)`;
    const child = spawn(process.execPath, ['-e', script], { detached: true });
    await once(child.stdout, 'data');
    const pid = child.pid ?? 0;
    expect(readStat(pid)).toMatchObject({ pid, parent: process.pid, group: pid, session: pid });
    signalGroup(pid, 'SIGTERM');
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
    expect(readStat(pid)).toBeUndefined();
    signalGroup(pid, 'SIGTERM');
  });
});
