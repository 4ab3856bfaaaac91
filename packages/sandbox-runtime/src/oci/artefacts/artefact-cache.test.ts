import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArtefactCache } from './artefact-cache.ts';

describe('the cache', () => {
  const key = (digit: number) => String(digit).repeat(16);
  const day = 86_400_000;
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pilotlight-artefacts-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** An entry that was last used so many days ago. */
  function entry(name: string, days: number): void {
    const path = join(directory, name);
    mkdirSync(path);
    const at = (Date.now() - days * day) / 1_000;
    utimesSync(path, at, at);
  }

  it('keeps two entries of each template, what is in use, and what is of others', async () => {
    const cache = new ArtefactCache(directory);
    entry(`python-${key(1)}`, 9);
    entry(`python-${key(2)}`, 8);
    entry(`python-${key(3)}`, 7);
    entry(`python-${key(4)}`, 1);
    entry(`python-${key(5)}`, 0);
    entry(`python-data-${key(6)}`, 9);
    entry(`python-${key(7)}.0a0a.tmp`, 1);
    entry(`python-${key(8)}.0b0b.tmp`, 0);
    expect(cache.find({ template: 'python', key: key(1) })).toBe(
      join(directory, `python-${key(1)}`),
    );
    await cache.prune('python');
    expect(readdirSync(directory).sort()).toEqual([
      `python-${key(1)}`,
      `python-${key(4)}`,
      `python-${key(5)}`,
      `python-${key(8)}.0b0b.tmp`,
      `python-data-${key(6)}`,
    ]);
  });

  it('takes what another node made meanwhile, and leaves nothing of a failure', async () => {
    const cache = new ArtefactCache(directory);
    const name = { template: 'python', key: key(1) };
    const path = await cache.make(name, async () => {
      entry(`python-${key(1)}`, 0);
      mkdirSync(join(directory, `python-${key(1)}`, 'theirs'));
    });
    expect(readdirSync(path)).toEqual(['theirs']);
    const failed = cache.make({ template: 'python', key: key(2) }, () =>
      Promise.reject(new Error('no')),
    );
    await expect(failed).rejects.toThrow('no');
    expect(readdirSync(directory)).toEqual([`python-${key(1)}`]);
  });
});
