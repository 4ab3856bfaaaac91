// Asks an application over HTTP, through the driver's connection into its sandbox. One connection is
// kept as long as the application keeps it, because opening one may cost the driver a process.
import {
  Agent,
  type ClientRequest,
  type ClientRequestArgs,
  type IncomingMessage,
  request,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { PlatformError } from '@pilotlight/contracts';
import type { Sandbox } from '@pilotlight/sandbox-runtime';
import type { HealthProbe, OpenProbe } from '../app/ports.ts';
import type { ProbeOutcome } from '../domain/health.ts';

/** A health page is a line; what is more than this is cut off with its connection. */
const maxBodyBytes = 16 * 1024;
const maxHeaderBytes = 8 * 1024;

/** Node's pool of connections, on streams that are no sockets. */
class SandboxAgent extends Agent {
  readonly #connect: () => Promise<Duplex>;

  constructor(connect: () => Promise<Duplex>) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#connect = connect;
  }

  override createConnection(
    _: ClientRequestArgs,
    done: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#connect().then(
      (stream) => done(null, stream),
      // Node reads no stream beside an error; the type wants one all the same.
      (error: unknown) => done(PlatformError.from(error), undefined as unknown as Duplex),
    );
  }

  /** The usual ones set options of TCP. */
  override keepSocketAlive(): boolean {
    return true;
  }

  override reuseSocket(_: Duplex, asked: ClientRequest): void {
    asked.reusedSocket = true;
  }
}

export const openHttpProbe: OpenProbe = (sandbox: Sandbox, { port, path }): HealthProbe => {
  const agent = new SandboxAgent(() => sandbox.connect(port));
  const target = {
    ...{ agent, path, method: 'GET', maxHeaderSize: maxHeaderBytes },
    headers: { host: `127.0.0.1:${port}`, 'user-agent': 'pilotlight-probe' },
  };
  const look = async (signal: AbortSignal): Promise<ProbeOutcome> => {
    const first = await ask(target, signal);
    // The application may close an idle connection at the moment in which it is used again.
    return first === 'stale' ? settled(await ask(target, signal)) : first;
  };
  return { look, close: () => agent.destroy() };
};

/** `stale` where a kept connection was closed before anything was answered on it. */
function ask(target: ClientRequestArgs, signal: AbortSignal): Promise<ProbeOutcome | 'stale'> {
  const { promise, resolve } = Promise.withResolvers<ProbeOutcome | 'stale'>();
  const asked = request({ ...target, signal });
  asked.on('response', (response) => {
    const status = response.statusCode ?? 0;
    readAway(response).then(
      () => resolve({ kind: 'answered', status }),
      (error: Error) => resolve({ kind: 'silent', detail: error.message }),
    );
  });
  asked.on('error', (error) => {
    const isStale = asked.reusedSocket && !signal.aborted;
    resolve(isStale ? 'stale' : { kind: 'silent', detail: error.message });
  });
  asked.end();
  return promise;
}

/** Reads the body, so that the connection can be used again, and ends that of a body too long. */
async function readAway(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) return;
  }
}

function settled(outcome: ProbeOutcome | 'stale'): ProbeOutcome {
  if (outcome !== 'stale') return outcome;
  return { kind: 'silent', detail: 'it closes every connection without an answer' };
}
