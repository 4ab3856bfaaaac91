import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  choice,
  describeConfig,
  flag,
  integer,
  listenAddress,
  loadConfig,
  nodeToken,
  optionalSecretUrl,
  optionalText,
  optionalUrl,
  ratio,
  rpcAddress,
  Secret,
  serviceSettings,
  settings,
  text,
} from './index.ts';

const schema = settings({
  dataDir: text({ description: 'Where data is kept.' }),
  slots: integer({ description: 'Sandboxes at once.', min: 1, max: 64, default: 8 }),
  color: choice(['red', 'blue'], { description: 'A color.', default: 'red' }),
  weakLimits: flag({ description: 'Accept weak limits.', default: false }),
  listen: listenAddress({ description: 'Where it listens.', default: '127.0.0.1:0' }),
  note: optionalText({ description: 'Anything.' }),
  nodeToken,
});

const enough = { PILOTLIGHT_DATA_DIR: '/data', PILOTLIGHT_NODE_TOKEN: 'hunter2' };

function problemsOf(env: Record<string, string>): ConfigError['problems'] {
  try {
    loadConfig(schema, { env });
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problems;
    throw thrown;
  }
  return [];
}

describe('loading the configuration', () => {
  it('uses the defaults where nothing is set', () => {
    const { nodeToken: token, ...rest } = loadConfig(schema, { env: enough });
    expect(rest).toEqual({
      dataDir: '/data',
      slots: 8,
      color: 'red',
      weakLimits: false,
      listen: '127.0.0.1:0',
    });
    expect(token.reveal()).toBe('hunter2');
  });

  it('reads every kind of setting from the environment', () => {
    const env = {
      ...enough,
      PILOTLIGHT_SLOTS: '64',
      PILOTLIGHT_COLOR: 'blue',
      PILOTLIGHT_WEAK_LIMITS: 'true',
      PILOTLIGHT_LISTEN: '[::1]:7401',
      PILOTLIGHT_NOTE: 'x',
    };
    const config = loadConfig(schema, { env });
    expect(config).toMatchObject({
      slots: 64,
      color: 'blue',
      weakLimits: true,
      listen: '[::1]:7401',
      note: 'x',
    });
  });

  it('reports every problem at once, by variable, without the values', () => {
    const env = {
      PILOTLIGHT_SLOTS: '65',
      PILOTLIGHT_COLOR: 'green',
      PILOTLIGHT_WEAK_LIMITS: 'yes',
      PILOTLIGHT_LISTEN: 'localhost',
      PILOTLIGHT_NOTE: '',
    };
    expect(problemsOf(env)).toEqual([
      { variable: 'PILOTLIGHT_DATA_DIR', problem: 'must be set' },
      { variable: 'PILOTLIGHT_SLOTS', problem: 'must be a whole number from 1 to 64' },
      { variable: 'PILOTLIGHT_COLOR', problem: 'must be one of red, blue' },
      { variable: 'PILOTLIGHT_WEAK_LIMITS', problem: 'must be "true" or "false"' },
      {
        variable: 'PILOTLIGHT_LISTEN',
        problem: 'must be host:port, such as 127.0.0.1:7401 or [::1]:7401',
      },
      { variable: 'PILOTLIGHT_NOTE', problem: 'must not be empty' },
      { variable: 'PILOTLIGHT_NODE_TOKEN', problem: 'must be set' },
    ]);
  });

  it('says it in a message with a line for each', () => {
    expect(() => loadConfig(schema, { env: { PILOTLIGHT_SLOTS: '0' } })).toThrow(
      'The configuration cannot be used:\n' +
        '  PILOTLIGHT_DATA_DIR must be set\n' +
        '  PILOTLIGHT_SLOTS must be a whole number from 1 to 64\n' +
        '  PILOTLIGHT_NODE_TOKEN must be set',
    );
  });

  it.each(['1.5', '1e1', '0x10', ' 8', '', '9999999999999999'])(
    'takes no number from "%s"',
    (value) => {
      expect(problemsOf({ ...enough, PILOTLIGHT_SLOTS: value })).toHaveLength(1);
    },
  );

  it.each(['host', 'host:', ':80', 'host:65536', 'a b:80', '::1:80'])(
    'takes no address from "%s"',
    (value) => {
      expect(problemsOf({ ...enough, PILOTLIGHT_LISTEN: value })).toHaveLength(1);
    },
  );

  const tracing = settings({
    receiver: optionalUrl({ description: '' }),
    hook: optionalSecretUrl({ description: '' }),
    share: ratio({ description: '', default: 1 }),
  });

  it.each([
    ['RECEIVER', 'https://host/path', 'ftp://host', 'host:4318', 'http://'],
    ['HOOK', 'https://user:secret@host/path', 'host/secret', 'ftp://host'],
    ['SHARE', '0', '-0.1', '1.1', 'all', '1e-3'],
    ['SHARE', '.25', '', '2', '0,5', '00'],
  ])('takes of %s "%s" alone', (name, good, ...bad) => {
    const set = (value: string) => loadConfig(tracing, { env: { [`PILOTLIGHT_${name}`]: value } });
    expect(set(good)).toBeDefined();
    for (const value of bad) expect(() => set(value)).toThrow(name);
  });

  it('takes another prefix', () => {
    const own = settings({ dataDir: text({ description: '' }) });
    expect(loadConfig(own, { prefix: 'PL_', env: { PL_DATA_DIR: '/x' } })).toEqual({
      dataDir: '/x',
    });
  });

  it('needs nothing set for the settings of every service', () => {
    const config = loadConfig(settings({ ...serviceSettings, rpcAddress: rpcAddress() }), {
      env: {},
    });
    expect(config).toMatchObject({
      natsUrl: 'nats://127.0.0.1:4222',
      logLevel: 'info',
      supervised: false,
      opsAddress: '127.0.0.1:0',
      rpcAddress: '127.0.0.1:0',
    });
    expect(config.instance).toMatch(/^[A-Za-z0-9-]{1,32}$/);
    expect(config.natsPassword).toBeUndefined();
  });
});

describe('a secret', () => {
  const secret = new Secret('hunter2');

  it.each([
    ['as text', `${secret}`],
    ['as JSON', JSON.stringify({ secret })],
    ['when inspected', inspect({ secret }, { showHidden: true, depth: 9 })],
    ['in a list', String([secret])],
  ])('does not show %s', (_, shown) => {
    expect(shown).toContain('[redacted]');
    expect(shown).not.toContain('hunter2');
  });
});

describe('describing the configuration', () => {
  it('has a row for each variable', () => {
    expect(describeConfig(schema).slice(0, 2)).toEqual([
      { name: 'PILOTLIGHT_DATA_DIR', description: 'Where data is kept.', required: true },
      {
        name: 'PILOTLIGHT_SLOTS',
        description: 'Sandboxes at once.',
        default: '8',
        required: false,
      },
    ]);
  });

  it('leaves out defaults that depend on the machine', () => {
    const rows = describeConfig(settings(serviceSettings));
    expect(rows.find((row) => row.name === 'PILOTLIGHT_INSTANCE')).toEqual({
      name: 'PILOTLIGHT_INSTANCE',
      description: 'Name of this instance; unless set, made of host name and process id.',
      required: false,
    });
    expect(rows.every((row) => row.description !== '')).toBe(true);
  });
});
