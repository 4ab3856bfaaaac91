import { describe, expect, it } from 'vitest';
import { commandOf, type ServiceSettings, serviceNames } from './services.ts';

const settings: ServiceSettings = {
  root: '/checkout',
  dataDir: '/data',
  nats: { url: 'nats://127.0.0.1:1', user: 'u', password: 'hidden-password' },
  nodeToken: 'hidden-token',
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

const commands = serviceNames.map((service) => {
  const addresses = { rpc: '127.0.0.1:2', ops: '127.0.0.1:3' };
  return { service, ...commandOf({ name: service, service, ...addresses }, settings) };
});

describe('commandOf', () => {
  it('keeps secrets out of every command line', () => {
    for (const { file, args } of commands) expect([file, ...args].join(' ')).not.toMatch(/hidden/);
  });

  it('gives the node token to those who serve or call nodes, and to nobody else', () => {
    const told = commands.filter(({ env }) => 'PILOTLIGHT_NODE_TOKEN' in env);
    expect(told.map(({ service }) => service)).toEqual(['pool-manager', 'executor', 'scheduler']);
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
      const { env } = commandOf(instance, settings);
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
    expect(level).toEqual(['info', 'info', 'info', 'info', 'debug']);
  });
});
