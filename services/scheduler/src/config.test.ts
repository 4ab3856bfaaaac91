import { ConfigError, loadConfig } from '@pilotlight/config';
import { describe, expect, it } from 'vitest';
import { configSchema } from './config.ts';

describe('configuration', () => {
  it('needs its tokens and nothing else; the limits are those of seed 002', () => {
    const env = { PILOTLIGHT_NODE_TOKEN: 'secret', PILOTLIGHT_SERVICE_TOKEN: 'secret' };
    const config = loadConfig(configSchema, { env });
    expect(config).toMatchObject({ maxConcurrent: 1_000, maxConcurrentPerUser: 50 });
    expect(JSON.stringify(config)).not.toContain('"secret"');
    expect(() => loadConfig(configSchema, { env: {} })).toThrow(ConfigError);
  });
});
