import { stopReasons, terminalStatuses } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { shutdownReason } from './shutdown-reason.ts';

describe('shutdownReason', () => {
  it.each([
    ['manual', '', 'manual'],
    ['inactivity', '', 'inactivity'],
    ['error', '', 'error'],
    ['resource_limit', 'out_of_memory', 'resource_limit'],
    ['completed', 'completed', 'manual'],
    ['completed', 'failed', 'manual'],
    ['completed', 'out_of_memory', 'resource_limit'],
    ['completed', 'timeout', 'resource_limit'],
    ['completed', 'platform_error', 'error'],
    ['expired', '', 'resource_limit'],
    ['evicted', '', 'error'],
    ['node_lost', '', 'error'],
    ['a word of the future', '', 'error'],
    ['constructor', 'toString', 'error'],
  ])('is, for %s and %s, %s', (reason, status, expected) => {
    expect(shutdownReason(reason, status)).toBe(expected);
  });

  it("is one of the record's four for every word of the platform", () => {
    for (const reason of stopReasons) {
      for (const status of ['', ...terminalStatuses]) {
        expect(['manual', 'inactivity', 'error', 'resource_limit']).toContain(
          shutdownReason(reason, status),
        );
      }
    }
  });
});
