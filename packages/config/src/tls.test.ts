import { describe, expect, it } from 'vitest';
import { loadConfig, natsTlsOf, serverTlsOf, serviceSettings, settings, tlsOf } from './index.ts';

const load = (env: Record<string, string>) => loadConfig(settings(serviceSettings), { env });
const files = {
  PILOTLIGHT_TLS_CERT: '/tls/service.pem',
  PILOTLIGHT_TLS_KEY: '/tls/service.key',
  PILOTLIGHT_TLS_CA: '/tls/ca.pem',
};
const paths = { cert: '/tls/service.pem', key: '/tls/service.key', ca: '/tls/ca.pem' };

describe('the settings of TLS', () => {
  it('are none where nothing is set', () => {
    expect(tlsOf(load({}))).toBeUndefined();
    expect(
      serverTlsOf(load({ PILOTLIGHT_TLS_CLIENT_CERTS: 'require' }), 'request'),
    ).toBeUndefined();
    expect(natsTlsOf(load({}))).toBeUndefined();
  });

  it('are taken together, with the name that certificates are for', () => {
    expect(tlsOf(load(files))).toEqual(paths);
    const named = load({ ...files, PILOTLIGHT_TLS_SERVER_NAME: 'pilotlight' });
    expect(tlsOf(named)).toEqual({ ...paths, serverName: 'pilotlight' });
  });

  it.each([
    ['auto', 'require', 'require'],
    ['auto', 'request', 'request'],
    ['none', 'require', 'none'],
    ['require', 'request', 'require'],
  ] as const)('%s where %s is usual asks clients: %s', (set, usual, clientCerts) => {
    const config = load({ ...files, PILOTLIGHT_TLS_CLIENT_CERTS: set });
    expect(serverTlsOf(config, usual)).toEqual({ ...paths, clientCerts });
  });

  it('are refused by half, with a line for each that is missing', () => {
    const config = load({ PILOTLIGHT_TLS_CA: '/tls/ca.pem' });
    const rest =
      'must be set: of PILOTLIGHT_TLS_CERT, PILOTLIGHT_TLS_KEY, PILOTLIGHT_TLS_CA all or none';
    expect(() => tlsOf(config)).toThrow(
      `The configuration cannot be used:\n  PILOTLIGHT_TLS_CERT ${rest}\n  PILOTLIGHT_TLS_KEY ${rest}`,
    );
    const half = load({ PILOTLIGHT_NATS_TLS_CERT: '/tls/nats.pem' });
    expect(() => natsTlsOf(half)).toThrow('PILOTLIGHT_NATS_TLS_KEY must be set');
  });

  it('of NATS are a CA alone, or with a certificate and its key', () => {
    const ca = { PILOTLIGHT_NATS_TLS_CA: '/ca.pem' };
    expect(natsTlsOf(load(ca))).toEqual({ ca: '/ca.pem' });
    const own = { PILOTLIGHT_NATS_TLS_CERT: '/c.pem', PILOTLIGHT_NATS_TLS_KEY: '/c.key' };
    expect(natsTlsOf(load({ ...ca, ...own }))).toEqual({
      ...{ ca: '/ca.pem', cert: '/c.pem', key: '/c.key' },
    });
  });
});
