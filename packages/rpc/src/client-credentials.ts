// How a client's connections are made: with TLS or without, and what is known when that fails. The
// library itself says little more than that it did not work.
import type { Socket } from 'node:net';
import { isIP } from 'node:net';
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';
import { CallCredentials, ChannelCredentials } from '@grpc/grpc-js';
import { type ClientTls, contextOf, readPems } from './tls.ts';
import { closedAfterHandshake, closedInPlainText, tlsProblem } from './tls-problems.ts';

type Target = Parameters<ChannelCredentials['_createSecureConnector']>[0];
type Connector = ReturnType<ChannelCredentials['_createSecureConnector']>;

/** Hears why a connection was not made; undefined: one was made. */
export type OnProblem = (problem: string | undefined) => void;

export interface CredentialOptions {
  /** Undefined: without TLS. */
  readonly tls?: ClientTls | undefined;
  /** Whether the two ends have not understood each other yet. */
  readonly isConnecting: () => boolean;
  readonly onProblem: OnProblem;
}

/** Throws `failed_precondition` for files that cannot be used; later ones fail the connection. */
export class ClientCredentials extends ChannelCredentials {
  readonly #options: CredentialOptions;

  constructor(options: CredentialOptions) {
    super();
    this.#options = options;
    if (options.tls !== undefined) contextOf(readPems(options.tls));
  }

  _isSecure(): boolean {
    return this.#options.tls !== undefined;
  }

  _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  _createSecureConnector(target: Target, _options: object, calls?: CallCredentials): Connector {
    const { tls } = this.#options;
    const own = calls ?? CallCredentials.createEmpty();
    return {
      connect: async (socket) =>
        tls === undefined
          ? { socket: this.#watch(socket, socket, closedInPlainText), secure: false }
          : { socket: await this.#secure(socket, target, tls), secure: true },
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => own,
      destroy: () => undefined,
    };
  }

  async #secure(socket: Socket, target: Target, tls: ClientTls): Promise<Socket> {
    const { onProblem } = this.#options;
    const host = tls.serverName ?? hostOf(target, socket);
    const server = peerOf(socket);
    try {
      const secured = await handshake(socket, host, tls);
      return this.#watch(secured, socket, closedAfterHandshake);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      onProblem(isCutOff(error) ? closedAfterHandshake(server) : tlsProblem(server, error));
      socket.destroy();
      throw error;
    }
  }

  /** A server's refusal comes after this end has taken the connection for made. */
  #watch(connection: Socket, socket: Socket, closed: (server: string) => string): Socket {
    const { onProblem, isConnecting } = this.#options;
    const server = peerOf(socket);
    onProblem(undefined);
    connection.once('error', (error) => {
      if (!isConnecting()) return;
      onProblem(isCutOff(error) ? closed(server) : tlsProblem(server, error));
    });
    connection.once('close', (hadError) => {
      if (isConnecting() && !hadError) onProblem(closed(server));
    });
    return connection;
  }
}

/** Whoever still writes when the other end hangs up hears of that, and not of its reason. */
function isCutOff(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

/** Files are read for each connection: what replaced them holds from the next one on. */
function handshake(socket: Socket, host: string, tls: ClientTls): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = connect(
      {
        socket,
        secureContext: contextOf(readPems(tls)),
        ALPNProtocols: ['h2'],
        ...(isIP(host) === 0 && { servername: host }),
        checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
      },
      () => {
        secured.off('error', reject);
        secured.off('close', onClose);
        resolve(secured);
      },
    );
    const onClose = () => reject(new Error('the server closed the connection'));
    secured.once('error', reject);
    secured.once('close', onClose);
  });
}

/** Of a list of addresses each is checked for itself. */
function hostOf({ scheme, path }: Target, socket: Socket): string {
  if (scheme === 'ipv4' || scheme === 'ipv6') return socket.remoteAddress ?? path;
  return new URL(`http://${path}`).hostname.replaceAll(/[[\]]/g, '');
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  if (remoteAddress === undefined) return 'The server';
  const address = isIP(remoteAddress) === 6 ? `[${remoteAddress}]` : remoteAddress;
  return `${address}:${remotePort}`;
}
