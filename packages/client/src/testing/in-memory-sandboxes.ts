// SandboxService in memory: leases, files, a few commands. Ports are those of this machine.
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  type AcquireSandboxRequest,
  type ConnectPortRequest,
  type ConnectPortResponse,
  FileEntry,
  Lease,
  type LeaseRef,
  PlatformError,
  Sandbox,
  type SandboxServiceDefinition,
  type WriteFilesRequest,
} from '@pilotlight/contracts';
import type { Implementation } from '@pilotlight/rpc';
import { extract } from 'tar-stream';
import { type InMemoryFiles, runInMemory } from './in-memory-commands.ts';

export interface InMemorySandbox {
  readonly token: string;
  readonly files: InMemoryFiles;
}

/** Sandboxes that were not released, by id, and every acquire so far. */
export interface InMemorySandboxes {
  readonly leased: Map<string, InMemorySandbox>;
  readonly acquired: AcquireSandboxRequest[];
}

export function sandboxService(
  sandboxes: InMemorySandboxes,
): Implementation<SandboxServiceDefinition> {
  const { leased, acquired } = sandboxes;
  const open = (ref: LeaseRef | undefined): InMemorySandbox => {
    const sandbox = leased.get(ref?.sandboxId ?? '');
    if (sandbox !== undefined && sandbox.token === ref?.token) return sandbox;
    throw new PlatformError('permission_denied', 'This lease is not valid.');
  };
  const inState = (state: string) => async (ref: LeaseRef) => {
    open(ref);
    return Sandbox.create({ sandboxId: ref.sandboxId, state });
  };
  return {
    async acquireSandbox(request) {
      if (request.template === 'unknown') {
        throw new PlatformError('invalid_argument', 'template: must be one of python');
      }
      acquired.push(request);
      const sandboxId = `sb_local_test_${acquired.length}`;
      const token = `token-${acquired.length}`;
      const files = request.files.map(({ path, content }) => {
        return [path, { content: Buffer.from(content), mode: 0o644 }] as const;
      });
      leased.set(sandboxId, { token, files: new Map(files) });
      const { template } = request;
      return Lease.create({ sandboxId, token, template, fromWarmPool: true, acquisitionMs: 1.5 });
    },
    getSandbox: inState('leased'),
    keepAlive: inState('leased'),
    pauseSandbox: inState('paused'),
    resumeSandbox: inState('leased'),
    async hibernateSandbox(ref) {
      open(ref);
      throw new PlatformError('unimplemented', 'There is no swap here.');
    },
    listSandboxes: async ({ template }) => ({
      sandboxes: [...leased.keys()].map((sandboxId) =>
        Sandbox.create({ sandboxId, template: template || 'python', state: 'leased' }),
      ),
    }),
    async releaseSandbox({ sandboxId }) {
      leased.delete(sandboxId);
      return {};
    },
    async installPackages({ lease, packages }) {
      open(lease);
      return { installed: packages.filter((name) => name !== 'there'), durationMs: 1 };
    },
    exec: (requests) => runInMemory(requests, open),
    writeFiles: (requests) => unpack(requests, open),
    async *readFile({ lease, path }) {
      const file = open(lease).files.get(path);
      if (file === undefined) throw new PlatformError('not_found', `${path}: does not exist`);
      for (let at = 0; at < file.content.length; at += 65_536) {
        yield { data: file.content.subarray(at, at + 65_536) };
      }
    },
    async listFiles({ lease, path, recursive }) {
      const entries = listing(open(lease).files, path).filter(
        (entry) => recursive || !entry.path.includes('/'),
      );
      if (entries.length > 0 || path === '') return { entries, truncated: false };
      throw new PlatformError('not_found', `${path}: does not exist`);
    },
    connectPort: (requests, { signal }) => converse(requests, open, signal),
  };
}

/** Folders are those that the paths of files imply. */
function listing(files: InMemoryFiles, folder: string): FileEntry[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  const entries = new Map<string, FileEntry>();
  for (const [path, { content, mode }] of files) {
    if (!path.startsWith(prefix)) continue;
    const below = path.slice(prefix.length);
    const parts = below.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const name = parts.slice(0, depth).join('/');
      entries.set(name, FileEntry.create({ path: name, kind: 'directory', mode: 0o755 }));
    }
    const sizeBytes = content.length;
    entries.set(below, FileEntry.create({ path: below, kind: 'file', sizeBytes, mode }));
  }
  return [...entries.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function unpack(
  requests: AsyncIterable<WriteFilesRequest>,
  open: (ref: LeaseRef | undefined) => InMemorySandbox,
) {
  const messages = requests[Symbol.asyncIterator]();
  const first = await messages.next();
  const message = first.done === true ? undefined : first.value.message;
  if (message?.$case !== 'start') throw new Error('The first message was no start.');
  const { lease, path } = message.start;
  const { files } = open(lease);
  async function* archive() {
    for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
      if (next.value.message?.$case === 'archive') yield next.value.message.archive;
    }
  }
  const counts = { files: 0, bytes: 0 };
  for await (const entry of Readable.from(archive()).pipe(extract())) {
    const content = await buffer(entry);
    const { name, type, mode = 0 } = entry.header;
    if (type !== 'file') continue;
    files.set(path === '' ? name : `${path}/${name}`, { content, mode });
    counts.files += 1;
    counts.bytes += content.length;
  }
  return counts;
}

/** As the platform does it: empty messages for the connection and for the end of what comes. */
async function* converse(
  requests: AsyncIterable<ConnectPortRequest>,
  open: (ref: LeaseRef | undefined) => InMemorySandbox,
  signal: AbortSignal,
): AsyncGenerator<ConnectPortResponse> {
  const messages = requests[Symbol.asyncIterator]();
  const first = await messages.next();
  const message = first.done === true ? undefined : first.value.message;
  if (message?.$case !== 'open') throw new Error('The first message was no open.');
  open(message.open.lease);
  const socket = connect({ port: message.open.port, host: '127.0.0.1', allowHalfOpen: true });
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw new PlatformError('unavailable', 'Nobody listens there.', { cause });
  }
  signal.addEventListener('abort', () => socket.destroy(), { once: true });
  const closed = once(socket, 'close');
  const sent = (async () => {
    for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
      if (next.value.message?.$case !== 'data') continue;
      if (!socket.write(next.value.message.data))
        await Promise.race([once(socket, 'drain'), closed]);
    }
    socket.end();
  })();
  sent.catch(() => socket.destroy());
  try {
    yield { data: new Uint8Array() };
    for await (const data of socket.iterator({ destroyOnReturn: false })) yield { data };
    yield { data: new Uint8Array() };
    await Promise.race([sent, closed]);
  } finally {
    socket.destroy();
  }
}
