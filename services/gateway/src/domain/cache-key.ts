// What a cache entry is found by: a SHA-256 over everything that its value depends on.
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** 64 hex digits. */
export function cacheKey(parts: unknown): string {
  return createHash('sha256').update(canonicalJson(parts)).digest('hex');
}

/** Everything that decides what a run writes and how it ends, as far as the platform can know it. */
export interface CacheableRun {
  /** Whose entries these are; nobody else finds them. */
  readonly tenant: string;
  readonly template: string;
  readonly templateRevision: string;
  readonly language: string;
  /** The one that runs. */
  readonly version: string;
  readonly files: readonly { readonly path: string; readonly content: Uint8Array }[];
  readonly stdin: Uint8Array;
  readonly args: readonly string[];
  /** As asked for; 0 is the template's, which is part of its revision. */
  readonly limits: {
    readonly timeout: number;
    readonly memoryLimit: number;
    readonly compileTimeout: number;
    readonly compileMemoryLimit: number;
  };
}

export function resultKey(run: CacheableRun): string {
  const base64 = (bytes: Uint8Array) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return cacheKey({
    ...run,
    files: run.files.map(({ path, content }) => ({ path, content: base64(content) })),
    stdin: base64(run.stdin),
  });
}
