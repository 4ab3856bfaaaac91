// The key under which the platform reports its own starts: of a project of its own, made when it is first needed.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isKey } from '@pilotlight/contracts';

const project = 'pilotlight';

export interface ReporterKeyOptions {
  /** Base URL of the gateway, and the admin's key. */
  readonly http: string;
  readonly apiKey: string;
  readonly dataDir: string;
}

/**
 * Answers the key, or undefined while the gateway cannot make one. It is kept beside the admin's own, for the next
 * start; a key that the gateway does not know (any more) is replaced when `refused` says so.
 */
export function reporterKey({ http, apiKey, dataDir }: ReporterKeyOptions) {
  const path = join(dataDir, 'analyzer-key');
  let known = readIfThere(path);
  let isNew = false;
  const post = async (resource: string, body: object) => {
    const answer = await fetch(`${http}/api/v1/${resource}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-API-Key': apiKey },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(5_000),
    });
    return { status: answer.status, body: (await answer.json()) as { key?: string } };
  };
  const make = async () => {
    const made = await post('projects', { name: project, slug: project });
    if (made.status !== 201 && made.status !== 409) return undefined;
    const { key } = (await post('keys', { project, name: 'starts of services' })).body;
    if (key === undefined) return undefined;
    writeFileSync(path, `${key}\n`, { mode: 0o600 });
    isNew = true;
    known = key;
    return key;
  };
  let making: Promise<string | undefined> | undefined;
  return {
    async get(): Promise<string | undefined> {
      if (known !== undefined) return known;
      // One for all reports that wait for it.
      making ??= make().finally(() => {
        making = undefined;
      });
      return making;
    },
    /** One that was just made is not known everywhere yet. */
    refused(): void {
      if (!isNew) known = undefined;
    },
  };
}

function readIfThere(path: string): string | undefined {
  try {
    const key = readFileSync(path, 'utf8').trim();
    return isKey(key) ? key : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
