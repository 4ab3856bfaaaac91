import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { StatusLine } from '../status-line.ts';
import { Reporter } from './reporter.ts';
import { stopRequest } from './stop-request.ts';

describe('stopRequest', () => {
  it('takes signals that come together as one request, and a later one as force', async () => {
    const source = new EventEmitter();
    let nowMs = 0;
    let forced = 0;
    const request = stopRequest(source, () => nowMs);
    request.onForce(() => {
      forced += 1;
    });
    expect(request.signal.aborted).toBe(false);
    source.emit('SIGINT');
    nowMs = 300;
    source.emit('SIGTERM');
    await request.requested;
    expect([request.signal.aborted, forced]).toEqual([true, 0]);
    nowMs = 2_000;
    source.emit('SIGINT');
    expect(forced).toBe(1);
  });

  it('is made by the end of the parent', async () => {
    const source = new EventEmitter();
    const request = stopRequest(source);
    source.emit('disconnect');
    await request.requested;
  });
});

describe('Reporter', () => {
  it('says a complaint once, whoever has it, and none while stopping', () => {
    let shown = '';
    const reporter = new Reporter(new StatusLine({ write: (text: string) => (shown += text) }));
    const complain = (name: string, message: string) =>
      reporter.onEvent({ kind: 'note', name, level: 'warn', message });
    complain('scheduler', 'old server');
    complain('executor', 'old server');
    reporter.onEvent({ kind: 'ready', name: 'executor', afterMs: 12 });
    reporter.onEvent({ kind: 'crashed', name: 'executor', reason: 'SIGKILL', restartInMs: 100 });
    reporter.stopping();
    complain('scheduler', 'no leader');
    expect(shown.split('\n')).toEqual([
      'scheduler: warning: old server',
      'executor ready after 12 ms',
      'executor ended (SIGKILL); starting it again in 100 ms',
      'Stopping.',
      '',
    ]);
  });
});
