import { expect, test } from 'vitest';
import { readSettings, switchedOff } from './settings.ts';

const key = 'csa_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6';
const complete = { apiKey: key, endpoint: 'https://host' };

test('options win over the environment, member by member', () => {
  const { settings, problems } = readSettings(
    { sampleRate: 0.5, apiKey: undefined },
    {
      COLDSTART_API_KEY: key,
      COLDSTART_ENDPOINT: 'http://host:8080/base/',
      COLDSTART_SAMPLE_RATE: '0.1',
      COLDSTART_TIMEOUT: '250',
    },
  );
  expect(problems).toEqual([]);
  expect(settings).toEqual({
    apiKey: key,
    endpoint: { protocol: 'http:', hostname: 'host', port: '8080', basePath: '/base' },
    sampleRate: 0.5,
    timeoutMs: 250,
  });
});

test('by default everything is reported and an answer waits a second at most', () => {
  expect(readSettings(complete, {}).settings).toMatchObject({ sampleRate: 1, timeoutMs: 1000 });
});

test.each([
  ['https://api.coldstart.dev', '', ''],
  ['https://host:8443/', '8443', ''],
  ['https://host/a/b//', '', '/a/b'],
])('the endpoint %s', (endpoint, port, basePath) => {
  expect(readSettings({ apiKey: key, endpoint }, {}).settings?.endpoint).toMatchObject({
    port,
    basePath,
  });
});

test('an IPv6 endpoint loses its brackets', () => {
  const { settings } = readSettings({ apiKey: key, endpoint: 'http://[::1]:80/' }, {});
  expect(settings?.endpoint.hostname).toBe('::1');
});

test.each([
  ['no key', { endpoint: 'https://host' }],
  ['no endpoint', { apiKey: key }],
  ['another protocol', { apiKey: key, endpoint: 'ftp://host' }],
  ['no URL', { apiKey: key, endpoint: key }],
  ['a key with a line break', { apiKey: `${key}\r\nX: 1`, endpoint: 'https://host' }],
  ['a key that is no text', { apiKey: 5, endpoint: 'https://host' }],
  ['no options at all', null],
])('%s: off, with a problem that repeats no value', (_name, options) => {
  const { settings, problems } = readSettings(options, {});
  expect(settings).toBeUndefined();
  expect(problems.length).toBeGreaterThan(0);
  expect(problems.join()).not.toContain(key);
});

test.each([
  [{ sampleRate: 1.5 }],
  [{ sampleRate: Number.NaN }],
  [{ sampleRate: 'often' }],
  [{ timeout: 0 }],
  [{ timeout: -1 }],
  [{ timeout: Number.POSITIVE_INFINITY }],
  [{ timeout: {} }],
  [{ enabled: 'perhaps' }],
])('%j: one problem and the default', (options) => {
  const { settings, problems } = readSettings({ ...complete, ...options }, {});
  expect(problems).toHaveLength(1);
  expect(settings).toMatchObject({ sampleRate: 1, timeoutMs: 1000 });
});

test.each([false, 'false', '0', 'off', 'NO'])('enabled: %s is off without a problem', (enabled) => {
  expect(readSettings({ enabled }, {})).toEqual({ settings: undefined, problems: [] });
});

test('the environment alone can switch everything off', () => {
  expect(switchedOff({ COLDSTART_ENABLED: ' False ' })).toBe(true);
  expect(switchedOff({ COLDSTART_ENABLED: 'rubbish' })).toBe(false);
  expect(switchedOff({})).toBe(false);
});
