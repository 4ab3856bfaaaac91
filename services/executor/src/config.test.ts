import { loadConfig } from '@pilotlight/config';
import { describe, expect, it } from 'vitest';
import { advertised, cacheDirOf, configSchema, newIncarnation, nodeName } from './config.ts';

describe('the configuration', () => {
  it('needs the token and nothing else', () => {
    expect(() => loadConfig(configSchema, { env: {} })).toThrow('PILOTLIGHT_NODE_TOKEN');
    const config = loadConfig(configSchema, { env: { PILOTLIGHT_NODE_TOKEN: 'x' } });
    expect(config).toMatchObject({ driver: 'auto', weakLimits: false, drainSeconds: 10 });
    expect(config.sandboxSlots).toBeGreaterThanOrEqual(64);
  });

  it('reports everything wrong at once', () => {
    const env = { PILOTLIGHT_DRIVER: 'magic', PILOTLIGHT_RUN_SLOTS: '0' };
    for (const variable of ['NODE_TOKEN', 'DRIVER', 'RUN_SLOTS']) {
      expect(() => loadConfig(configSchema, { env })).toThrow(`PILOTLIGHT_${variable}`);
    }
  });

  it.each([
    ['Host_1.example', 'Host-1-example'],
    ['--', 'node'],
    ['a'.repeat(40), 'a'.repeat(32)],
  ])('makes a name of host %s', (host, name) => {
    expect(nodeName(undefined, host)).toBe(name);
  });

  it('names each start differently, in characters that ids allow', () => {
    expect(newIncarnation()).toMatch(/^[a-z0-9]{8}$/);
    expect(newIncarnation()).not.toBe(newIncarnation());
  });

  it('caches where it is told to, else where the desktop does', () => {
    expect(cacheDirOf('/told', '/home/me')).toBe('/told');
    expect(cacheDirOf(undefined, '/home/me')).toMatch(/\/pilotlight$/);
  });

  it('advertises the host it was told', () => {
    const server = { address: '0.0.0.0:7', port: 7 };
    expect(advertised('node-1', server)).toBe('node-1:7');
    expect(advertised(undefined, server)).toBe('0.0.0.0:7');
  });
});
