import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { claimDirectory } from './instance-lock.ts';

async function pidOfTheDead(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('claimDirectory', () => {
  it('refuses a directory that is taken, and says by whom and what to do', () => {
    using folder = temporaryFolder();
    const release = claimDirectory(folder.path);
    expect(() => claimDirectory(folder.path)).toThrow(
      new RegExp(`process ${process.pid}.*--data-dir`),
    );
    release();
    claimDirectory(folder.path)();
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it.each([
    ['a dead process', async () => ({ pid: await pidOfTheDead(), startedAt: '1' })],
    ['a pid that came round again', async () => ({ pid: process.pid, startedAt: 'long ago' })],
    ['nobody', async () => 'garbage'],
  ])('takes over from %s', async (_, owner) => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'pilotlight.lock'), JSON.stringify(await owner()));
    claimDirectory(folder.path)();
  });

  it('leaves a lock alone that is not its own any more', () => {
    using folder = temporaryFolder();
    const release = claimDirectory(folder.path);
    writeFileSync(join(folder.path, 'pilotlight.lock'), 'another');
    release();
    expect(readdirSync(folder.path)).toEqual(['pilotlight.lock']);
  });
});
