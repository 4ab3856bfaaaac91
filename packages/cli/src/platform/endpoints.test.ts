import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endpointsAt } from '../testing/endpoints-in-memory.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { readEndpoints, removeEndpoints, writeEndpoints } from './endpoints.ts';

const endpoints = { ...endpointsAt('127.0.0.1:1'), ops: { scheduler: '127.0.0.1:4' } };

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
