import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

const running: ChildProcess[] = [];

/** Starts the service of the tests; `line` waits for the line with a message. */
function start(fault = 'none', env: Record<string, string> = {}) {
  const script = join(import.meta.dirname, 'testing/service.ts');
  const child = spawn(process.execPath, [script, fault], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...env, PATH: '' },
  });
  running.push(child);
  const lines: Line[] = [];
  const waiting = new Map<string, () => void>();
  createInterface(child.stdout).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    waiting.get(line.msg)?.();
  });
  const closed = once(child, 'close');
  return {
    child,
    lines,
    line: (msg: string) => new Promise<void>((resolve) => waiting.set(msg, resolve)),
    async exit() {
      const [code] = await closed;
      return { code, messages: lines.map((line) => line.msg) };
    },
  };
}

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

const released = ['second released', 'first released', 'stopped'];

describe('a service process', { timeout: 20_000 }, () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('is ready, then ends in order on %s', async (signal) => {
    const service = start();
    await service.line('ready');
    expect(service.lines[0]).toMatchObject({
      level: 'info',
      service: 'tested',
      startupMs: expect.any(Number),
    });
    service.child.kill(signal);
    const { code, messages } = await service.exit();
    expect(messages).toEqual(['ready', 'stopping', ...released]);
    expect(code).toBe(0);
  });

  it('unwinds a start that failed and says why in one line', async () => {
    const service = start('bad_config');
    const { code, messages } = await service.exit();
    expect(code).toBe(1);
    expect(messages).toEqual([
      'did not start: The configuration cannot be used:\n  PILOTLIGHT_X must be set',
      ...released,
    ]);
    expect(service.lines[0]).not.toHaveProperty('err');
  });

  it('shows where a fault in the code of a start is', async () => {
    const service = start('start_fails');
    expect((await service.exit()).code).toBe(1);
    expect(service.lines[0]).toMatchObject({
      level: 'fatal',
      msg: 'did not start: a fault in the code',
      err: { type: 'TypeError', stack: expect.stringContaining('testing/service.ts') },
    });
  });

  it('gives up a start in progress when told to end', async () => {
    const service = start('slow_start');
    await service.line('starting');
    service.child.kill('SIGTERM');
    const { code, messages } = await service.exit();
    expect(messages).toEqual(['starting', 'stopping', ...released]);
    expect(code).toBe(0);
  });

  it('goes on past what cannot be released, and exits with 1', async () => {
    const service = start('release_fails');
    await service.line('ready');
    service.child.kill('SIGTERM');
    const { code, messages } = await service.exit();
    expect(messages).toEqual([
      'ready',
      'stopping',
      'first released',
      'not everything was released cleanly',
      'stopped',
    ]);
    expect(code).toBe(1);
  });

  it('exits with 1 when the end takes longer than its grace', async () => {
    const service = start('hangs');
    await service.line('ready');
    service.child.kill('SIGTERM');
    const { code, messages } = await service.exit();
    expect(messages).toEqual(['ready', 'stopping', 'did not end within 200 ms']);
    expect(code).toBe(1);
  });

  it('is forced by a second signal', async () => {
    const service = start('slow_release');
    await service.line('ready');
    service.child.kill('SIGTERM');
    service.child.kill('SIGINT');
    expect((await service.exit()).code).toBe(1);
  });

  it('exits with 1 on an error that nobody caught, logged once', async () => {
    const service = start('rejects');
    const { code, messages } = await service.exit();
    expect(messages.filter((message) => message !== 'ready')).toEqual([
      'an error was caught by nobody',
    ]);
    expect(service.lines.at(-1)).toMatchObject({
      level: 'fatal',
      origin: 'unhandledRejection',
      err: { message: 'nobody caught this' },
    });
    expect(code).toBe(1);
  });

  it('ends in order when its supervisor is gone', async () => {
    const service = start('none', { PILOTLIGHT_SUPERVISED: '1' });
    await service.line('ready');
    service.child.stdin?.end();
    const { code, messages } = await service.exit();
    expect(messages).toEqual(['ready', 'stopping', ...released]);
    expect(code).toBe(0);
  });

  it('does not care for stdin where it is not supervised', async () => {
    const service = start();
    service.child.stdin?.end();
    await service.line('ready');
    service.child.kill('SIGTERM');
    expect((await service.exit()).code).toBe(0);
  });

  it('logs at the level that is configured', async () => {
    const service = start('start_fails', { PILOTLIGHT_LOG_LEVEL: 'error' });
    const { messages } = await service.exit();
    expect(messages).toEqual(['did not start: a fault in the code']);
  });
});
