import { describe, expect, it } from 'vitest';
import { commandOf, type ServiceSettings, serviceNames } from './services.ts';

const settings: ServiceSettings = {
  root: '/checkout',
  dataDir: '/data',
  nats: {
    url: 'nats://127.0.0.1:1',
    credentialsOf: (user) => ({ user, password: `hidden-password-of-${user}` }),
  },
  nodeToken: 'hidden-token',
  serviceToken: 'hidden-service-token',
  adminKeyHash: '0'.repeat(64),
  node: 'local',
  sandboxFolder: '/run/local',
  toolchainPath: '/usr/bin',
  driver: 'oci',
  profile: 'embedded',
  templates: ['python', 'shell'],
  weakLimits: false,
  logLevel: 'info',
  env: { scheduler: { PILOTLIGHT_LOG_LEVEL: 'debug' } },
};

const instances = serviceNames.map((service, index) => {
  const addresses = { rpc: `127.0.0.1:${10 + index}`, ops: '127.0.0.1:3' };
  return { name: service, service, ...addresses };
});
const commands = instances.map((instance) => ({
  service: instance.service,
  ...commandOf(instance, '/checkout/main.js', settings, instances),
}));

describe('commandOf', () => {
  it('keeps secrets out of every command line', () => {
    for (const { file, args } of commands) expect([file, ...args].join(' ')).not.toMatch(/hidden/);
  });

  it('gives the node token to those who serve or call nodes, and to nobody else', () => {
    const told = commands.filter(({ env }) => 'PILOTLIGHT_NODE_TOKEN' in env);
    expect(told.map(({ service }) => service)).toEqual(['pool-manager', 'executor', 'scheduler']);
  });

  it('has everyone be a user of its own on the bus', () => {
    for (const { service, env } of commands) {
      expect(env['PILOTLIGHT_NATS_USER']).toBe(service);
      expect(env['PILOTLIGHT_NATS_PASSWORD']).toBe(`hidden-password-of-${service}`);
    }
  });

  it('hands the certificate to everyone where there is one', () => {
    const tls = { cert: '/tls/cert.pem', key: '/tls/key.pem', ca: '/tls/ca.pem' };
    for (const instance of instances) {
      expect(
        commandOf(instance, '/checkout/main.js', { ...settings, tls }, instances).env,
      ).toMatchObject({
        PILOTLIGHT_TLS_CERT: tls.cert,
        PILOTLIGHT_TLS_KEY: tls.key,
        PILOTLIGHT_TLS_CA: tls.ca,
      });
      expect(commandOf(instance, '/checkout/main.js', settings, instances).env).not.toHaveProperty(
        'PILOTLIGHT_TLS_CERT',
      );
    }
  });

  it('gives the token to act for others to those who are called with keys, and to nobody else', () => {
    const told = commands.filter(({ env }) => 'PILOTLIGHT_SERVICE_TOKEN' in env);
    expect(told.map(({ service }) => service)).toEqual([
      'stats-recorder',
      'pool-manager',
      'scheduler',
      'gateway',
    ]);
  });

  it('tells the gateway where the others are', () => {
    const { env } = commands.at(-1) ?? { env: {} as Record<string, string> };
    expect(env).toMatchObject({
      PILOTLIGHT_SCHEDULER_ADDRESS: '127.0.0.1:14',
      PILOTLIGHT_POOL_ADDRESS: '127.0.0.1:12',
      PILOTLIGHT_STATS_ADDRESS: '127.0.0.1:10',
    });
  });

  it('gives the executor namespaces of its own', () => {
    const wrapped = commands.filter(({ args }) => args[0]?.endsWith('own-namespace.sh'));
    expect(wrapped.map(({ service }) => service)).toEqual(['executor']);
  });

  it('has those that only observe yield the cores', () => {
    const niced = commands.filter(({ file }) => file === 'nice');
    expect(niced.map(({ service }) => service)).toEqual(['stats-recorder', 'metrics-collector']);
  });

  it('makes every executor a node of its own, in a folder of its own', () => {
    const about = ['', '-2'].map((suffix) => {
      const instance = {
        name: `executor${suffix}`,
        service: 'executor',
        rpc: '',
        ops: '',
      } as const;
      const { env } = commandOf(instance, '/checkout/main.js', settings, [instance]);
      return [env['PILOTLIGHT_NODE'], env['PILOTLIGHT_STATE_DIR']];
    });
    expect(about).toEqual([
      ['local', '/run/local'],
      ['local-2', '/run/local-2'],
    ]);
  });

  it('tells the pool-manager which templates to use', () => {
    const told = commands.find(({ service }) => service === 'pool-manager');
    expect(told?.env['PILOTLIGHT_TEMPLATES']).toBe('python,shell');
  });

  it("lets a caller's settings win", () => {
    const level = commands.map(({ env }) => env['PILOTLIGHT_LOG_LEVEL']);
    expect(level).toEqual(['info', 'info', 'info', 'info', 'debug', 'info']);
  });
});
