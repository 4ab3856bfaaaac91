// Certificates on real connections: who is let in, who is not, and what either is told.
import { rename } from 'node:fs/promises';
import { Entitlements, type Principal, Sandbox } from '@pilotlight/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRpc } from './client.ts';
import { serveRpc } from './server.ts';
import { type Authority, type CertificateFiles, createAuthority } from './testing/certificates.ts';
import { type Echo, EchoDefinition, failureOf, serveEcho } from './testing/echo.ts';
import type { ClientCertificates, ClientTls, ServerTls } from './tls.ts';

const echo: Partial<Echo> = { keepAlive: async ({ sandboxId }) => Sandbox.create({ sandboxId }) };

let authority: Authority;
let stranger: Authority;
let server: CertificateFiles;
let client: CertificateFiles;
let foreign: CertificateFiles;
beforeAll(async () => {
  [authority, stranger] = await Promise.all([createAuthority(), createAuthority('another CA')]);
  [server, client] = await Promise.all([authority.issue('server'), authority.issue('client')]);
  foreign = await stranger.issue('foreign');
});
afterAll(async () => {
  await authority[Symbol.asyncDispose]();
  await stranger[Symbol.asyncDispose]();
});

const serving = (clientCerts: ClientCertificates, files = server): { readonly tls: ServerTls } => ({
  tls: { ...files, clientCerts },
});

/** One call on a connection of its own. */
async function callTo(
  address: string,
  tls?: ClientTls,
  options: { readonly token?: string; readonly principal?: Principal } = {},
) {
  const { token, ...call } = options;
  const connection = connectRpc(EchoDefinition, { address, tls, token });
  try {
    return await connection.client.keepAlive({ sandboxId: 'sb_1' }, { timeoutMs: 5_000, ...call });
  } finally {
    connection.close();
  }
}

const refusalOf = (address: string, tls?: ClientTls) => failureOf(callTo(address, tls));

describe('a server with TLS', () => {
  it('is reached by who trusts its CA, by address and by name', async () => {
    await using stack = await serveEcho(echo, serving('none'));
    const { ca } = server;
    const byName = stack.server.address.replace('127.0.0.1', 'localhost');
    const addresses = [stack.server.address, byName, `ipv4:${stack.server.address}`];
    for (const address of addresses) {
      expect(await callTo(address, { ca })).toMatchObject({ sandboxId: 'sb_1' });
    }
  });

  it('is not trusted with the certificate of another CA, or of none that is known', async () => {
    await using stack = await serveEcho(echo, serving('none', foreign));
    for (const tls of [{ ca: server.ca }, {}]) {
      expect(await refusalOf(stack.server.address, tls)).toMatchObject({
        code: 'unavailable',
        message: `The certificate of ${stack.server.address} was not signed by a CA that is trusted here. Check the CA file, and that this is the right server.`,
      });
    }
  });

  it('is not trusted when its certificate has expired', async () => {
    const expired = await authority.issue('expired', { until: new Date(Date.now() - 60_000) });
    await using stack = await serveEcho(echo, serving('none', expired));
    expect(await refusalOf(stack.server.address, expired)).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('has expired. Renew it'),
    });
  });

  it('needs a certificate for the name that is dialled, or for the one that is set', async () => {
    const named = await authority.issue('named', { hosts: ['executor.example'] });
    await using stack = await serveEcho(echo, serving('none', named));
    const { address } = stack.server;
    expect(await refusalOf(address, { ca: named.ca })).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('is for another name'),
    });
    const answer = await callTo(address, { ca: named.ca, serverName: 'executor.example' });
    expect(answer).toMatchObject({ sandboxId: 'sb_1' });
  });

  it('tells a client without TLS what it may lack', async () => {
    await using stack = await serveEcho(echo, serving('none'));
    expect(await refusalOf(stack.server.address)).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('It may want TLS'),
    });
  });
});

describe('a server without TLS', () => {
  it('tells a client with TLS what it may lack', async () => {
    await using stack = await serveEcho(echo);
    expect(await refusalOf(stack.server.address, { ca: server.ca })).toMatchObject({
      code: 'unavailable',
      message: `${stack.server.address} does not speak TLS. Check the address, and whether the server has TLS set up.`,
    });
  });
});

it('no server at all is said as before', async () => {
  const failure = await refusalOf('127.0.0.1:1', { ca: server.ca });
  expect(failure).toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

describe('a server that requires client certificates', () => {
  it('lets in who has one of its CA', async () => {
    await using stack = await serveEcho(echo, serving('require'));
    expect(await callTo(stack.server.address, client)).toMatchObject({ sandboxId: 'sb_1' });
  });

  it.each([
    ['who has none', () => ({ ca: server.ca })],
    ['who has one of another CA', () => ({ ...foreign, ca: server.ca })],
  ])('refuses %s', async (_, tls) => {
    await using stack = await serveEcho(echo, serving('require'));
    expect(await refusalOf(stack.server.address, tls())).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('It may want a client certificate'),
    });
  });

  it('refuses one that has expired', async () => {
    const old = await authority.issue('old', { until: new Date(Date.now() - 60_000) });
    await using stack = await serveEcho(echo, serving('require'));
    expect(await refusalOf(stack.server.address, old)).toMatchObject({ code: 'unavailable' });
  });
});

describe('a server that asks for client certificates', () => {
  const principal: Principal = {
    ...{ keyHash: 'a'.repeat(64), keyId: 'k', project: 'p', userId: '', role: 'project' },
    entitlements: Entitlements.create({}),
  };
  const serveAsking = () =>
    serveEcho(echo, {
      ...serving('request'),
      authenticate: () => ({ principal, revoked: new AbortController().signal }),
    });

  it('lets in who has a key alone', async () => {
    await using stack = await serveAsking();
    const answer = await callTo(stack.server.address, { ca: server.ca }, { token: 'key' });
    expect(answer).toMatchObject({ sandboxId: 'sb_1' });
  });

  it('lets nobody act for others but with a certificate of its CA', async () => {
    await using stack = await serveAsking();
    const acting = { token: 'token', principal };
    const act = (tls: ClientTls) => callTo(stack.server.address, tls, acting);
    expect(await act(client)).toMatchObject({ sandboxId: 'sb_1' });
    for (const tls of [{ ca: server.ca }, { ...foreign, ca: server.ca }]) {
      expect(await failureOf(act(tls))).toMatchObject({
        code: 'unauthenticated',
        message: expect.stringContaining('must connect with a certificate'),
      });
    }
  });
});

describe('files', () => {
  it('that cannot be read, or do not fit together, are refused before anything begins', async () => {
    const nowhere = { ...server, cert: '/nowhere/server.pem' };
    const mixed = { ...server, key: client.key };
    for (const files of [nowhere, mixed]) {
      const options = { address: '127.0.0.1:0', services: [], ...serving('none', files) };
      await expect(serveRpc(options)).rejects.toMatchObject({
        code: 'failed_precondition',
        message: expect.stringMatching(/^TLS: /),
      });
      const connect = () => connectRpc(EchoDefinition, { address: '127.0.0.1:1', tls: files });
      expect(connect).toThrow(/^TLS: /);
    }
  });

  it('that are replaced hold for new connections, and open ones go on', async () => {
    await using renewing = await createAuthority();
    const files = await renewing.issue('renewed');
    const logged: object[] = [];
    const logger = { error: (fields: object) => logged.push(fields) };
    await using stack = await serveEcho(echo, { ...serving('require', files), logger });
    const { address } = stack.server;
    const open = connectRpc(EchoDefinition, { address, tls: files });
    await open.client.keepAlive({});

    // From now on everybody is of another CA. The key comes first: alone it fits no certificate.
    const { ca, cert, key } = files;
    await rename(foreign.key, key);
    while (logged.length === 0) await open.client.keepAlive({});
    await rename(foreign.cert, cert);
    await rename(foreign.ca, ca);
    let renewed = false;
    while (!renewed)
      renewed = await callTo(address, files).then(
        () => true,
        () => false,
      );
    expect(logged).toHaveLength(1);
    expect(await open.client.keepAlive({ sandboxId: 'still' })).toMatchObject({
      sandboxId: 'still',
    });
    open.close();
    expect(await refusalOf(address, client)).toMatchObject({ code: 'unavailable' });
  });
});
