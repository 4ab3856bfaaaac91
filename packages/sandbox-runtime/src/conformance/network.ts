// Doors: ports inside that the host reaches, and a way out to public addresses only.

import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { expect, it, type TestContext } from 'vitest';
import type { Capability, Sandbox } from '../driver.ts';
import { startPublicServer } from '../network/public-server.fixture.ts';
import { firstText, type Harness } from './harness.ts';

const echoServer = `
import socket, threading
def serve(c):
    while data := c.recv(65536):
        c.sendall(data)
    c.close()
s = socket.create_server(("127.0.0.1", 8080))
print("up", flush=True)
while True:
    c, _ = s.accept()
    threading.Thread(target=serve, args=(c,)).start()
`;

/** Tries each address of its arguments, and says what came of it and whether it took long. */
const visitor = `
import socket, sys, time
for target in sys.argv[1:]:
    host, _, port = target.rpartition(":")
    begun = time.monotonic()
    try:
        with socket.create_connection((host, int(port)), timeout=3) as c:
            said = c.recv(100).decode() or "connected"
    except OSError as error:
        said = "refused"
    print(target, said, "late" if time.monotonic() - begun > 1 else "soon", flush=True)
`;

/** Every kind of address that is not public; one IPv6 address of each kind. */
const closed = [
  '10.0.2.2',
  '10.1.2.3',
  '172.16.0.1',
  '192.168.0.1',
  '100.64.0.1',
  '169.254.169.254',
  '224.0.0.1',
  '255.255.255.255',
  '0.0.0.0',
  '127.0.0.1',
  'fe80::1',
  'fd00::1',
  '2001:db8::1',
  '::1',
];

function demand(context: TestContext, capability: Capability): void {
  if (!capability.available) context.skip(capability.reason);
}

async function roundTrip(sandbox: Sandbox, message: string): Promise<string> {
  const connection = await sandbox.connect(8080);
  connection.end(message);
  return text(connection);
}

/** Processes of ours that serve a sandbox's network. */
function servants(): readonly string[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1').trim();
  const name = (pid: string) => readFileSync(`/proc/${pid}/comm`, 'latin1').trim();
  return children
    .split(' ')
    .filter((pid) => pid !== '')
    .map(name)
    .filter((comm) => ['socat', 'slirp4netns', 'nsenter', 'nft'].includes(comm));
}

/** Cases that need a kernel. */
export function networkCases(harness: () => Harness): void {
  it('connects to a port inside, often and at once', async (context) => {
    demand(context, harness().driver.capabilities.ports);
    const sandbox = await harness().create();
    const program = sandbox.run(harness().job(echoServer));
    expect(await firstText(program.stdout)).toBe('up\n');
    const messages = ['one', 'two', 'x'.repeat(1 << 20)];
    expect(await Promise.all(messages.map((m) => roundTrip(sandbox, m)))).toEqual(messages);
    const begun = performance.now();
    for (let i = 0; i < 20; i++) expect(await roundTrip(sandbox, `${i}`)).toBe(`${i}`);
    console.log(`20 connections: ${((performance.now() - begun) / 20).toFixed(1)} ms each`);
  });

  it('says at once that nobody listens, and that a port is none', async (context) => {
    demand(context, harness().driver.capabilities.ports);
    const sandbox = await harness().create();
    const begun = performance.now();
    await expect(sandbox.connect(8080)).rejects.toMatchObject({ code: 'unavailable' });
    expect(performance.now() - begun).toBeLessThan(1_000 * slowness());
    await expect(sandbox.connect(0)).rejects.toMatchObject({ code: 'invalid_argument' });
  });

  it('breaks connections when the sandbox ends, and makes no more', async (context) => {
    demand(context, harness().driver.capabilities.ports);
    const sandbox = await harness().create();
    const program = sandbox.run(harness().job(echoServer));
    await firstText(program.stdout);
    const connection = await sandbox.connect(8080);
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    connection.on('error', () => undefined).once('close', resolve);
    connection.resume();
    await sandbox.kill();
    await closed;
    await expect(sandbox.connect(8080)).rejects.toMatchObject({ code: 'unavailable' });
    await sandbox.destroy();
    expect(servants()).toEqual([]);
  });

  it('has no network unless it is opened', async () => {
    const { stdout } = await harness().run(
      `import socket\nfor kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
    try:
        socket.socket(socket.AF_INET, kind).connect(("203.0.113.10", 80))
        print("reached")
    except OSError as error:
        print("refused")\n`,
    );
    expect(stdout).toBe('refused\nrefused\n');
  });

  it('lets public addresses be reached, and nothing else', async (context) => {
    demand(context, harness().driver.capabilities.egress);
    const server = await startPublicServer();
    try {
      const sandbox = await harness().create();
      const begun = performance.now();
      await Promise.all([sandbox.openEgress(), sandbox.openEgress()]);
      console.log(`openEgress: ${(performance.now() - begun).toFixed(0)} ms`);
      const refused = [...closed, server.hostAddress].map((host) => `${host}:${server.hostPort}`);
      const argv = [`${server.address}:80`, ...refused];
      const { stdout } = await harness().outcome(
        sandbox,
        sandbox.run(harness().job(visitor, { argv })),
      );
      expect(stdout.trim().split('\n')).toEqual([
        `${server.address}:80 public soon`,
        ...refused.map((target) => `${target} refused soon`),
      ]);
      expect(server.hostConnections()).toBe(0);
      await sandbox.destroy();
      expect(servants()).toEqual([]);
    } finally {
      await server.close();
    }
  });
}
