import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { systemClock } from '@pilotlight/lifecycle';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../testing/temporary-folder.ts';
import type { PlatformEvent } from './events.ts';
import { freePorts } from './ports.ts';
import { type RunningService, runService } from './running-service.ts';

const script = join(import.meta.dirname, '../testing/stand-in-service.ts');

let folder: TemporaryFolder;
let service: RunningService | undefined;
let events: PlatformEvent[];
let port: number;

beforeEach(async () => {
  folder = temporaryFolder();
  events = [];
  [port = 0] = await freePorts(1);
});

afterEach(async () => {
  await service?.stop();
  folder[Symbol.dispose]();
});

/** Wrapped in a shell, as the executor is in the script that gives it namespaces. */
function start(...args: string[]): RunningService {
  const node = [process.execPath, script, '--port', String(port), ...args];
  service = runService({
    name: 'stand-in',
    command: { file: 'sh', args: ['-c', '"$@"; exit $?', 'sh', ...node], env: {}, cwd: '/' },
    script,
    ops: `127.0.0.1:${port}`,
    graceMs: 5_000,
    logFolder: folder.path,
    clock: systemClock,
    onEvent: (event) => events.push(event),
  });
  return service;
}

const kinds = () => events.map(({ kind }) => kind).filter((kind) => kind !== 'note');

describe('a running service', () => {
  it('is ready when it says so, and is known by the pid of its own process', async () => {
    const service = start();
    await service.ready();
    expect(kinds()).toEqual(['starting', 'ready']);
    const ended = service.pid();
    service.signal('SIGKILL');
    await service.ready();
    expect(kinds()).toEqual(['starting', 'ready', 'crashed', 'ready']);
    expect(service.pid()).not.toBe(ended);
    await service.stop();
    expect(events).toContainEqual({
      kind: 'note',
      name: 'stand-in',
      level: 'warn',
      message: 'this is a stand-in',
    });
  });

  it('can be restarted in good order', async () => {
    const service = start();
    await service.ready();
    const before = service.pid();
    await service.restart();
    expect(service.pid()).not.toBe(before);
    expect(kinds()).not.toContain('crashed');
  });

  it('says why it does not become ready', async () => {
    const service = start('--fail');
    await expect(service.ready()).rejects.toThrow(/stand-in does not become ready.*told not to/s);
  });
});

describe('the supervisor', () => {
  it('takes its services along, however it dies', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const supervisor = spawn(process.execPath, [
      join(import.meta.dirname, '../testing/supervise-one.ts'),
      folder.path,
      JSON.stringify(address),
    ]);
    const [socket] = await once(server, 'connection');
    supervisor.kill('SIGKILL');
    socket.resume();
    await once(socket, 'end');
    socket.destroy();
    server.close();
    await once(server, 'close');
  });
});
