import { appendFileSync, closeSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ManualClock } from '@pilotlight/lifecycle';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { openLog } from './log-files.ts';
import { lastWords, noteOf } from './log-line.ts';
import { tailLog } from './log-tail.ts';

describe('noteOf', () => {
  it.each([
    ['{"level":"info","msg":"ready"}', undefined],
    ['{"level":"warn","msg":"slow"}', { level: 'warn', message: 'slow' }],
    ['{"level":"fatal","msg":"ends"}', { level: 'error', message: 'ends' }],
    [
      '{"level":"error","msg":"a write failed","err":{"message":"disk full"}}',
      { level: 'error', message: 'a write failed: disk full' },
    ],
    ['{"level":"error","err":{"message":"no msg"}}', { level: 'error', message: 'no msg' }],
    ['[7] 2026/01/01 10:00:00.1 [ERR] bad', { level: 'error', message: 'bad' }],
    ['{ not JSON', undefined],
    ['plain text', undefined],
    ['', undefined],
  ])('%s', (line, note) => expect(noteOf(line)).toEqual(note));
});

describe('lastWords', () => {
  it.each([
    ['first\n{"level":"fatal","msg":"why"}\n{"level":"info","msg":"stopped"}\n', 'why'],
    ['{"level":"fatal","msg":"why"}\n{"level":"fatal","msg":"why"}\n', 'why'],
    ['a\nSyntaxError: x\n  at y\n', 'SyntaxError: x\n  at y'],
  ])('%j', (log, words) => expect(lastWords(log, 2)).toBe(words));
});

describe('openLog', () => {
  it('keeps the file of the start before', () => {
    using folder = temporaryFolder();
    for (const content of ['older', 'newer']) {
      const { fd } = openLog(folder.path, 'service');
      writeSync(fd, content);
      closeSync(fd);
    }
    expect(readFileSync(join(folder.path, 'service.log.1'), 'utf8')).toBe('older');
    expect(readFileSync(join(folder.path, 'service.log'), 'utf8')).toBe('newer');
  });
});

describe('tailLog', () => {
  it('gives whole lines only, and what is left at the end of it', () => {
    using folder = temporaryFolder();
    const { path, fd } = openLog(folder.path, 'service');
    const lines: string[] = [];
    const end = tailLog(path, new ManualClock(), (line) => lines.push(line));
    appendFileSync(path, 'one\ntwo é\nhal');
    end();
    closeSync(fd);
    expect(lines).toEqual(['one', 'two é']);
  });
});
