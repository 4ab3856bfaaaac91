// A server in a process of its own, which a test can stop: prints its address, streams one message
// and then nothing more.
import { once } from 'node:events';
import { Sandbox } from '@pilotlight/contracts';
import { bind, serveRpc } from '../index.ts';
import { EchoDefinition } from './echo.ts';

const service = bind(EchoDefinition, {
  keepAlive: async ({ sandboxId }) => Sandbox.create({ sandboxId }),
  async *watchSandboxes(_, { signal }) {
    yield Sandbox.create({ sandboxId: 'first' });
    await once(signal, 'abort');
  },
  writeFiles: async () => ({ files: 0, bytes: 0 }),
  async *exec() {},
});
const server = await serveRpc({ address: '127.0.0.1:0', services: [service] });
process.stdout.write(server.address);
