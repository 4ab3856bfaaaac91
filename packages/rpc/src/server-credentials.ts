// How a server takes connections with TLS. Its files are looked at every second, and what replaced them
// holds for new connections; connections that are open stay as they are.
import { readFile } from 'node:fs/promises';
import { ServerCredentials } from '@grpc/grpc-js';
import { PlatformError } from '@pilotlight/contracts';
import type { FaultLog } from './call.ts';
import { contextOf, type Pems, readPems, type ServerTls } from './tls.ts';

const lookEveryMs = 1_000;

type Watcher = Parameters<ServerCredentials['_addWatcher']>[0];

/** Throws `failed_precondition` for files that cannot be used; later ones are logged and left. */
export class FileServerCredentials extends ServerCredentials {
  readonly #tls: ServerTls;
  readonly #logger: FaultLog | undefined;
  #current: Pems;
  /** What was found last, so that each problem is told of once. */
  #seen: Pems;
  #looking: NodeJS.Timeout | undefined;

  constructor(tls: ServerTls, logger?: FaultLog) {
    const pems = readPems(tls);
    contextOf(pems);
    super(
      {
        requestCert: tls.clientCerts !== 'none',
        // Where a certificate is optional it is looked at in the calls that need one.
        rejectUnauthorized: tls.clientCerts === 'require',
      },
      pems,
    );
    this.#tls = tls;
    this.#logger = logger;
    this.#current = pems;
    this.#seen = pems;
  }

  override _addWatcher(watcher: Watcher): void {
    super._addWatcher(watcher);
    this.#looking ??= setInterval(() => void this.#look(), lookEveryMs).unref();
  }

  override _removeWatcher(watcher: Watcher): void {
    super._removeWatcher(watcher);
    if (this.getWatcherCount() > 0) return;
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  _equals(other: ServerCredentials): boolean {
    return this === other;
  }

  /** A key that was replaced before its certificate is no pair yet: the next look finds both. */
  async #look(): Promise<void> {
    try {
      const pems = await readAll(this.#tls);
      if (isSame(pems, this.#seen)) return;
      this.#seen = pems;
      if (isSame(pems, this.#current)) return;
      contextOf(pems);
      this.#current = pems;
      this.updateSecureContextOptions(pems);
    } catch (thrown) {
      const err = PlatformError.from(thrown);
      this.#logger?.error({ err }, 'new TLS files cannot be used; the old ones stay');
    }
  }
}

async function readAll({ ca, cert, key }: ServerTls): Promise<Pems> {
  const texts = await Promise.all([ca, cert, key].map((path) => readFile(path, 'utf8')));
  return { ca: texts[0] ?? '', cert: texts[1] ?? '', key: texts[2] ?? '' };
}

function isSame(one: Pems, other: Pems): boolean {
  return one.ca === other.ca && one.cert === other.cert && one.key === other.key;
}
