// Tokens of the sandboxes that this user acquired from the command line, so that `exec` and
// `release` need only the id. Readable by their owner alone.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LeaseRef, PlatformError } from '@pilotlight/contracts';
import * as v from 'valibot';

const schema = v.record(v.string(), v.string());

/**
 * How many are kept, released ones too, because releasing twice is a success; the oldest are
 * forgotten, their leases have long ended.
 */
const kept = 1_000;

export function rememberLease(dataDir: string, { sandboxId, token }: LeaseRef): void {
  write(dataDir, [...entries(dataDir).filter(([id]) => id !== sandboxId), [sandboxId, token]]);
}

/** Throws `permission_denied`, saying what to do, where the token is not known. */
export function leaseOf(dataDir: string, sandboxId: string, given?: string): LeaseRef {
  const token = given ?? entries(dataDir).find(([id]) => id === sandboxId)?.[1];
  if (token !== undefined) return { sandboxId, token };
  throw new PlatformError(
    'permission_denied',
    `${sandboxId} was not acquired from here. Give its token with --token.`,
  );
}

function pathOf(dataDir: string): string {
  return join(dataDir, 'leases.json');
}

function entries(dataDir: string): [string, string][] {
  try {
    return Object.entries(v.parse(schema, JSON.parse(readFileSync(pathOf(dataDir), 'utf8'))));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function write(dataDir: string, leases: readonly [string, string][]): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = pathOf(dataDir);
  const text = JSON.stringify(Object.fromEntries(leases.slice(-kept)), null, 2);
  writeFileSync(`${path}.${process.pid}`, `${text}\n`, { mode: 0o600 });
  renameSync(`${path}.${process.pid}`, path);
}
