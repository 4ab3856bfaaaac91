import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { readEndpoints, removeEndpoints, writeEndpoints } from './endpoints.ts';

const endpoints = {
  pid: process.pid,
  startedAt: '2026-01-01T00:00:00.000Z',
  grpc: '127.0.0.1:1',
  pools: '127.0.0.1:2',
  stats: '127.0.0.1:3',
  nats: { url: 'nats://127.0.0.1:3', user: 'u', password: 'p' },
  ops: { scheduler: '127.0.0.1:4' },
};

describe('endpoints', () => {
  it('are read back, by their owner alone', () => {
    using folder = temporaryFolder();
    writeEndpoints(folder.path, endpoints);
    expect(readEndpoints(folder.path)).toEqual(endpoints);
    expect(statSync(join(folder.path, 'endpoints.json')).mode & 0o077).toBe(0);
  });

  it('are none where the platform is stopped, or died', () => {
    using folder = temporaryFolder();
    writeEndpoints(folder.path, { ...endpoints, pid: 2 ** 22 + 1 });
    expect(() => readEndpoints(folder.path)).toThrow(/Start one with: npm start/);
    removeEndpoints(folder.path);
    expect(() => readEndpoints(folder.path)).toThrow(/No Pilotlight is running here/);
  });
});
