import { describe, expect, it } from 'vitest';
import { commandEnv } from './command-env.ts';

const analyze_env = { NODE_OPTIONS: '--require analyzer', COLDSTART_PRINT: '1' };
const lease = (env: Record<string, string> = {}, template: object = { analyze_env }) => ({
  env,
  record: { template },
});

describe("a command's environment", () => {
  it.each([
    [
      'its own variables before those of the lease',
      lease({ A: '1', B: '1' }),
      { B: '2' },
      { A: '1', B: '2' },
    ],
    ['nothing of the analyzer for another value', lease(), { ANALYZE: '0' }, { ANALYZE: '0' }],
    ['what the template adds', lease(), { ANALYZE: '1' }, { ANALYZE: '1', ...analyze_env }],
    ['it for the lease too', lease({ ANALYZE: '1' }), {}, { ANALYZE: '1', ...analyze_env }],
    [
      'its own no, whatever the lease says',
      lease({ ANALYZE: '1' }),
      { ANALYZE: '' },
      { ANALYZE: '' },
    ],
    [
      'what it says itself of the analyzer',
      lease({ ANALYZE: '1' }),
      { NODE_OPTIONS: '--no-warnings' },
      { ANALYZE: '1', NODE_OPTIONS: '--no-warnings', COLDSTART_PRINT: '1' },
    ],
    ['nothing where the template has none', lease({}, {}), { ANALYZE: '1' }, { ANALYZE: '1' }],
  ])('has %s', (_, holder, env, expected) => {
    expect(commandEnv(holder, { env })).toEqual(expected);
  });
});
