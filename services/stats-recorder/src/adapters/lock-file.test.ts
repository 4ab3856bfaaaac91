import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { acquireLockFile } from './lock-file.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pilotlight-lock-'));
  path = join(directory, 'lock');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it('is held by one at a time, and can be had again afterwards', () => {
  const lock = acquireLockFile(path);
  expect(() => acquireLockFile(path)).toThrow(/uses .* already/);
  lock.release();
  acquireLockFile(path).release();
});

it('is kept from other processes, until its holder is killed', async () => {
  const lockFile = new URL('./lock-file.ts', import.meta.url).href;
  const program = `const { acquireLockFile } = await import(${JSON.stringify(lockFile)});
    globalThis.lock = acquireLockFile(${JSON.stringify(path)});
    console.log('locked'); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  expect(() => acquireLockFile(path)).toThrow(/uses .* already/);
  const ended = once(holder, 'exit');
  holder.kill('SIGKILL');
  await ended;
  acquireLockFile(path).release();
});
