// TLS to real nats-servers: who is trusted, and what is said where nobody is.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Authority,
  type CertificateFiles,
  createAuthority,
} from '../../../rpc/src/testing/certificates.ts';
import { type ConfiguredServer, startConfigured } from '../testing/configured-server.ts';
import { installedServers } from '../testing/nats-server.ts';
import { connectBus } from './connect.ts';
import type { BusTls } from './tls.ts';

let authority: Authority;
let stranger: Authority;
let own: CertificateFiles;
let foreign: CertificateFiles;
let directory: string;
beforeAll(async () => {
  [authority, stranger] = await Promise.all([createAuthority(), createAuthority('another CA')]);
  [own, foreign] = await Promise.all([authority.issue('nats'), stranger.issue('foreign')]);
  directory = await mkdtemp(join(tmpdir(), 'pilotlight-nats-tls-'));
});
afterAll(async () => {
  await authority[Symbol.asyncDispose]();
  await stranger[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

describe.each(installedServers())('TLS to nats-server $version', ({ binary }) => {
  let server: ConfiguredServer;
  let plain: ConfiguredServer;
  const start = async (name: string, config: object) => {
    const configFile = join(directory, name);
    const jetstream = { store_dir: join(directory, `${name}.store`, binary) };
    await writeFile(configFile, JSON.stringify({ jetstream, ...config }));
    return startConfigured({ binary, configFile });
  };
  beforeAll(async () => {
    const { cert, key, ca } = own;
    const tls = { cert_file: cert, key_file: key, ca_file: ca, verify: true };
    server = await start('tls.conf', { tls });
    plain = await start('plain.conf', {});
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await plain[Symbol.asyncDispose]();
  });
  const connect = ({ address }: ConfiguredServer, tls?: BusTls) =>
    connectBus({ servers: `nats://${address}`, name: 'test', tls });

  it('lets in who trusts its CA and has a certificate of it', async () => {
    const bus = await connect(server, own);
    expect(bus.status).toBe('connected');
    await bus.close();
  });

  // Each waits the ten seconds that a server may take at first, so they wait together.
  it('refuses everybody else, and says what to check', async () => {
    const { ca } = own;
    const unavailable = (words: string) => ({
      code: 'unavailable',
      message: expect.stringContaining(words),
    });
    await Promise.all([
      expect(connect(server, { ...own, ca: foreign.ca })).rejects.toMatchObject(
        unavailable('is not trusted here'),
      ),
      expect(connect(server)).rejects.toMatchObject(unavailable('Check the CA file for NATS')),
      expect(connect(server, { ca })).rejects.toMatchObject(
        unavailable('whether it wants a client certificate'),
      ),
      expect(connect(server, { ...foreign, ca })).rejects.toMatchObject(
        unavailable('whether it wants a client certificate'),
      ),
      expect(connect(plain, own)).rejects.toMatchObject(unavailable('has TLS')),
    ]);
  });

  it('takes no file that is not there', async () => {
    await expect(connect(server, { ca: '/nowhere/ca.pem' })).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining('/nowhere/ca.pem'),
    });
  });
});
