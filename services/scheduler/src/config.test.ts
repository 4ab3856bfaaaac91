import { ConfigError, loadConfig } from '@pilotlight/config';
import { describe, expect, it } from 'vitest';
import { configSchema } from './config.ts';

describe('configuration', () => {
  it('needs the nodes’ token and nothing else; the limits are those of seed 002', () => {
    const config = loadConfig(configSchema, { env: { PILOTLIGHT_NODE_TOKEN: 'secret' } });
    expect(config).toMatchObject({ maxConcurrent: 1_000, maxConcurrentPerUser: 50 });
    expect(JSON.stringify(config)).not.toContain('"secret"');
    expect(() => loadConfig(configSchema, { env: {} })).toThrow(ConfigError);
  });
});
