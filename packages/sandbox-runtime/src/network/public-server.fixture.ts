// For tests only: a "public" web server in a network namespace of its own, at an address that is kept
// for documentation (TEST-NET-3), reached from this host over a pair of virtual cables.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Says `public` to whoever connects, and one line to us when it listens. */
const server = `
import socket, sys
s = socket.create_server((sys.argv[1], 80))
print("listening", flush=True)
while True:
    c, _ = s.accept()
    c.sendall(b"public")
    c.close()
`;

export interface PublicServer {
  readonly address: string;
  /** Of this host, on the same cable. */
  readonly hostAddress: string;
  /** A TCP port on which this host listens, at every address. */
  readonly hostPort: number;
  /** Connections that reached that port. */
  hostConnections(): number;
  close(): Promise<void>;
}

async function listenOnHost() {
  let connections = 0;
  const listener = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await once(listener.listen(0, '0.0.0.0'), 'listening');
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, listener, connections: () => connections };
}

/** Needs root, `ip` and python3. */
export async function startPublicServer(): Promise<PublicServer> {
  const name = `pltest${process.pid}`;
  const base = (process.pid % 63) * 4;
  const [hostAddress, address] = [`203.0.113.${base + 1}`, `203.0.113.${base + 2}`];
  const ip = (...args: readonly string[]) => run('ip', [...args]);
  await ip('netns', 'add', name);
  await ip('link', 'add', `${name}a`, 'type', 'veth', 'peer', 'name', `${name}b`, 'netns', name);
  await ip('addr', 'add', `${hostAddress}/30`, 'dev', `${name}a`);
  await ip('link', 'set', `${name}a`, 'up');
  await ip('-n', name, 'addr', 'add', `${address}/30`, 'dev', `${name}b`);
  await ip('-n', name, 'link', 'set', `${name}b`, 'up');
  const child = spawn('ip', ['netns', 'exec', name, 'python3', '-c', server, address], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  await once(child.stdout, 'data');
  const { port, listener, connections } = await listenOnHost();
  return {
    address,
    hostAddress,
    hostPort: port,
    hostConnections: connections,
    async close() {
      child.kill('SIGKILL');
      await exit;
      listener.close();
      // The cable would go with the namespace, but only some time after it.
      await ip('link', 'delete', `${name}a`);
      await ip('netns', 'delete', name);
    },
  };
}
