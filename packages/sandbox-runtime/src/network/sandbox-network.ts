// What the host does to the network of one sandbox: connections to ports inside, and a way out. The
// same for every driver that can say where the sandbox's network namespace is.
import type { Duplex } from 'node:stream';
import { invalidFields, PlatformError } from '@pilotlight/contracts';
import type { Capability } from '../driver.ts';
import { type Egress, openEgress } from './egress.ts';
import type { NetworkNamespace } from './namespace.ts';
import type { NetworkHost } from './network-host.ts';
import { Relay } from './relay.ts';

/** Different ports of one sandbox that were ever asked for; each has a process of ours. */
const maxPorts = 16;

/** Opens the sandbox's namespace. Rejects with `unavailable` when the sandbox is gone. */
type OpenNamespace = () => Promise<NetworkNamespace>;

async function demand(capability: Promise<Capability>): Promise<void> {
  const known = await capability;
  if (!known.available) throw new PlatformError('unavailable', known.reason);
}

/** Costs nothing until it is used. Must be closed when the sandbox ends. */
export class SandboxNetwork {
  readonly #host: NetworkHost;
  readonly #openNamespace: OpenNamespace;
  readonly #relays = new Map<number, Relay>();
  #namespace: Promise<NetworkNamespace> | undefined;
  #egress: Promise<Egress> | undefined;
  #isClosed = false;

  constructor(host: NetworkHost, openNamespace: OpenNamespace) {
    this.#host = host;
    this.#openNamespace = openNamespace;
  }

  /** See `Sandbox.connect`. */
  async connect(port: number): Promise<Duplex> {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw invalidFields([{ field: 'port', problem: 'is not between 1 and 65535' }]);
    }
    await demand(this.#host.ports);
    const { path } = await this.#enter();
    return this.#relay(path, port).open();
  }

  /** See `Sandbox.openEgress`; one that failed may be tried again. */
  async openEgress(): Promise<void> {
    await demand(this.#host.egress);
    this.#egress ??= this.#enter().then(({ path }) => openEgress(path));
    const opening = this.#egress;
    try {
      await opening;
    } catch (thrown) {
      if (this.#egress === opening) this.#egress = undefined;
      throw thrown;
    }
  }

  /** Ends every process and file of it. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const egress = this.#egress?.then((opened) => opened.close());
    await Promise.allSettled([egress, ...[...this.#relays.values()].map((relay) => relay.close())]);
    await this.#namespace?.then(
      (namespace) => namespace.close(),
      () => undefined,
    );
  }

  async #enter(): Promise<NetworkNamespace> {
    this.#namespace ??= this.#openNamespace();
    const opening = this.#namespace;
    const namespace = await opening.catch((thrown: unknown) => {
      if (this.#namespace === opening) this.#namespace = undefined;
      throw thrown;
    });
    if (!this.#isClosed) return namespace;
    throw new PlatformError('unavailable', 'The sandbox has ended.');
  }

  #relay(path: string, port: number): Relay {
    const known = this.#relays.get(port);
    if (known?.isEnded === false) return known;
    if (this.#isClosed) throw new PlatformError('unavailable', 'The sandbox has ended.');
    if (known === undefined && this.#relays.size >= maxPorts) {
      const message = `Connections go to at most ${maxPorts} ports of a sandbox.`;
      throw new PlatformError('resource_exhausted', message);
    }
    const relay = new Relay({ path, port, socket: this.#host.socketPath() });
    this.#relays.set(port, relay);
    return relay;
  }
}
