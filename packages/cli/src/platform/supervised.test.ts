import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@pilotlight/lifecycle';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../testing/temporary-folder.ts';
import type { ProcessExit } from './process-group.ts';
import { Supervised } from './supervised.ts';

let folder: TemporaryFolder;
let logFile: number;
let supervised: Supervised | undefined;

beforeEach(() => {
  folder = temporaryFolder();
  logFile = openSync(join(folder.path, 'log'), 'a');
});

afterEach(async () => {
  await supervised?.stop();
  closeSync(logFile);
  folder[Symbol.dispose]();
});

const written = () => readFileSync(join(folder.path, 'log'), 'utf8');

/** Runs a shell script; resolves `crashed` each time it ends unasked. */
function supervise(script: string, graceMs = 5_000) {
  const crashes: [ProcessExit, number][] = [];
  let tell = () => {};
  const command = { file: 'sh', args: ['-c', script], env: { GREETING: 'hello' }, cwd: '/' };
  supervised = new Supervised({
    name: 'stand-in',
    command,
    logFile,
    clock: systemClock,
    graceMs,
    onCrash: (exit, restartInMs) => {
      crashes.push([exit, restartInMs]);
      tell();
    },
  });
  const crashed = () => new Promise<void>((resolve) => (tell = resolve));
  return { supervised, crashes, crashed };
}

/** What was killed may wait for a parent that never asks: state Z. */
function isAlive(pid: number): boolean {
  const status = `/proc/${pid}/status`;
  return existsSync(status) && !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
}

describe('a supervised process', () => {
  it('is started again after a growing delay whenever it ends', async () => {
    const { supervised, crashes, crashed } = supervise('echo $GREETING; exit 3');
    const first = crashed();
    supervised.start();
    await first;
    await crashed();
    expect(crashes.map(([exit]) => exit.code)).toEqual([3, 3]);
    expect(crashes[1]?.[1]).toBeGreaterThan(crashes[0]?.[1] ?? Number.POSITIVE_INFINITY);
    expect(supervised.exits).toBe(2);
    expect(written()).toBe('hello\nhello\n');
  });

  it('ends at SIGTERM, which is not a crash', async () => {
    const { supervised, crashes } = supervise('echo up; read line');
    supervised.start();
    await expect.poll(written).toBe('up\n');
    const pid = supervised.pid ?? 0;
    await supervised.stop();
    expect(isAlive(pid)).toBe(false);
    expect(crashes).toEqual([]);
    expect(supervised.pid).toBeUndefined();
  });

  it('is killed with all of its children when it does not end in time', async () => {
    const script = 'trap "" TERM; sleep 1000 & echo $!; wait; wait';
    const { supervised } = supervise(script, 50);
    supervised.start();
    await expect.poll(written).toMatch(/^\d+\n$/);
    await supervised.stop();
    await expect.poll(() => isAlive(Number(written()))).toBe(false);
  });

  it('is not started again when it was stopped while waiting for its restart', async () => {
    const { supervised, crashes, crashed } = supervise('exit 1');
    const first = crashed();
    supervised.start();
    await first;
    await supervised.stop();
    expect(supervised.pid).toBeUndefined();
    expect(crashes).toHaveLength(1);
  });

  it('counts a program that is not there as a crash', async () => {
    const { supervised, crashes, crashed } = supervise('exec /nowhere/program');
    const first = crashed();
    supervised.start();
    await first;
    expect(crashes[0]?.[0].code).toBe(127);
  });
});
