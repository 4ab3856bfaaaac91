import { describe, expect, it } from 'vitest';
import { createLogger, type LoggerOptions } from './logger.ts';

function capture(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const sink = { write: (line: string) => lines.push(line) };
  const logger = createLogger({ service: 'scheduler', level: 'info', ...options, sink });
  return { logger, lines };
}

describe('the logger', () => {
  it('writes a JSON object on a line', () => {
    const { logger, lines } = capture();
    logger.info({ sandbox: 'sb_1' }, 'leased');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('}\n')).toBe(true);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      service: 'scheduler',
      sandbox: 'sb_1',
      msg: 'leased',
    });
  });

  it('leaves out what is below its level', () => {
    const { logger, lines } = capture({ level: 'warn' });
    logger.info('quiet');
    logger.warn('loud');
    expect(lines).toHaveLength(1);
  });

  it('hides secrets by their keys, also further down', () => {
    const { logger, lines } = capture();
    const hidden = { token: 'hunter2', password: 'hunter2', authorization: 'Bearer hunter2' };
    logger.info({ ...hidden, lease: { token: 'hunter2', request: hidden } }, 'leased');
    expect(lines[0]).not.toContain('hunter2');
    expect(lines[0]).toContain('[redacted]');
  });

  it('writes errors with stack and cause', () => {
    const { logger, lines } = capture();
    const err = new Error('outer', { cause: new Error('inner') });
    logger.error({ err }, 'failed');
    expect(JSON.parse(lines[0] ?? '').err).toMatchObject({
      type: 'Error',
      message: 'outer: inner',
      stack: expect.stringContaining('logger.test.ts'),
    });
  });

  it('writes lines for people when told to', () => {
    const { logger, lines } = capture({ pretty: true });
    logger.warn({ sandbox: 'sb_1', stock: 3 }, 'stock is low');
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} WARN {2}scheduler stock is low sandbox=sb_1 stock=3\n$/,
    );
    logger.error({ err: new Error('broken') }, 'failed');
    expect(lines[1]).toMatch(/ERROR scheduler failed\n {4}Error: broken\n {4} +at /);
  });
});
