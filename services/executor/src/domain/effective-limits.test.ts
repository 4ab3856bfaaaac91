import { ExecutionRequest } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { template } from '../testing/test-node.ts';
import { compileLimits, runLimits } from './effective-limits.ts';

const compiled = {
  ...template('rust'),
  limits: { ...template('rust').limits, cpus: 2 },
  compile: { timeout_seconds: 30, memory_mb: 768 },
};
const request = (changed: Partial<ExecutionRequest>) => ExecutionRequest.fromPartial(changed);
const mb = 1024 * 1024;

describe('the limits of a stage', () => {
  it('are the template’s where the request says nothing', () => {
    expect(runLimits(compiled, request({}))).toMatchObject({
      ...{ timeoutMs: 10_000, cpuTimeMs: 20_000, memoryBytes: 256 * mb, cpus: 2, pids: 64 },
    });
    expect(compileLimits(compiled, request({}))).toMatchObject({
      ...{ timeoutMs: 30_000, cpuTimeMs: 60_000, memoryBytes: 768 * mb, cpus: 2, pids: 64 },
    });
  });

  it('are the request’s, each for its own stage', () => {
    const asked = request({ timeout: 3, memoryLimit: 64 });
    const both = request({ ...asked, compileTimeout: 7, compileMemoryLimit: 512 });
    expect(runLimits(compiled, both)).toMatchObject({ timeoutMs: 3_000, memoryBytes: 64 * mb });
    expect(compileLimits(compiled, both)).toMatchObject({
      ...{ timeoutMs: 7_000, cpuTimeMs: 14_000, memoryBytes: 512 * mb },
    });
  });

  it('are none of a compile stage where there is none', () => {
    expect(compileLimits(template('python'), request({ compileTimeout: 5 }))).toBeUndefined();
  });
});
