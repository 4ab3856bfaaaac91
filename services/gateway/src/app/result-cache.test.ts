import {
  Entitlements,
  ExecutionRequest,
  ExecutionResult,
  type Principal,
  type Template,
} from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { beforeEach, describe, expect, it } from 'vitest';
import { unobserved } from '../testing/caches-rig.ts';
import { MemoryStore } from '../testing/memory-store.ts';
import { ResultCache, type ResultPlace } from './result-cache.ts';
import { SegmentCache } from './segment-cache.ts';
import { Versions } from './versions.ts';

let store: MemoryStore;
let versions: Versions;
let languageVersions: () => Promise<readonly string[]>;
let cache: ResultCache;

beforeEach(() => {
  store = new MemoryStore();
  versions = new Versions();
  versions.set('template:python', 'r1');
  languageVersions = async () => ['3.12.1', '3.11.2'];
  const clock = new ManualClock();
  const segment = { name: 'responses', maxBytes: 1_000_000, observer: unobserved } as const;
  cache = new ResultCache({
    segment: new SegmentCache({ ...segment, clock, versions, store }),
    versions,
    catalogue: {
      find: (wanted) =>
        ['python', 'py'].includes(wanted)
          ? ({ name: 'python', language: 'python' } as Template)
          : undefined,
    },
    languageVersions: () => languageVersions(),
  });
});

const caller = (project: string, userId = '', role: Principal['role'] = 'project'): Principal => ({
  ...{ keyHash: project, keyId: project, project, userId, role },
  entitlements: Entitlements.create(),
});
const blue = caller('blue');

const request = (more: Partial<ExecutionRequest> = {}) =>
  ExecutionRequest.create({ language: 'python', code: Buffer.from('print(1)'), ...more });

async function place(principal = blue, more: Partial<ExecutionRequest> = {}): Promise<ResultPlace> {
  const found = await cache.placeOf(principal, request(more));
  if (found === undefined) throw new Error('no place');
  return found;
}

const output = (text: string, truncated = false) => ({
  ...{ data: Buffer.from(text), totalBytes: text.length, truncated },
});
const result = (more: Partial<ExecutionResult> = {}) =>
  ExecutionResult.create({
    ...{ executionId: 'e1', status: 'completed', userId: 'blue', traceparent: 't' },
    ...{ stdout: output('1\n'), stderr: output(''), ...more },
  });

describe('a result', () => {
  it('is found by the same request again, whatever it is called', async () => {
    cache.keep(await place(), result());
    const found = cache.find(await place(blue, { id: 'other', correlationId: 'c', version: '3' }));
    expect(found).toMatchObject({
      executionId: 'e1',
      stdout: { data: new Uint8Array(Buffer.from('1\n')) },
    });
    expect(cache.find(await place(blue, { language: 'py' }))).toBeDefined();
  });

  it.each([
    [{ code: Buffer.from('print(2)') }],
    [{ stdin: Buffer.from('x') }],
    [{ args: ['x'] }],
    [{ version: '3.11' }],
    [{ timeout: 5 }],
    [{ memoryLimit: 128 }],
    [{ code: Buffer.from(''), files: [{ path: 'a', content: Buffer.from('print(1)') }] }],
  ])('is not found by another one: %j', async (more: Partial<ExecutionRequest>) => {
    cache.keep(await place(), result());
    expect(cache.find(await place(blue, more))).toBeUndefined();
  });

  it('is kept with its exit code, whatever that is', async () => {
    cache.keep(await place(), result({ exitCode: 3 }));
    expect(cache.find(await place())?.exitCode).toBe(3);
  });

  it.each([
    [{ status: 'failed' }],
    [{ status: 'timeout' }],
    [{ status: 'platform_error' }],
    [{ status: 'cancelled' }],
    [{ stdout: output('1', true) }],
    [{ stderr: output('1', true) }],
  ])('is not kept where it is %j', async (more) => {
    cache.keep(await place(), result(more));
    expect(cache.find(await place())).toBeUndefined();
    expect(store.entries.size).toBe(0);
  });

  it('is gone with the revision of its template', async () => {
    const before = await place();
    cache.keep(before, result());
    versions.set('template:python', 'r2');
    expect(cache.find(before)).toBeUndefined();
    expect(cache.find(await place())).toBeUndefined();
  });
});

describe('a tenant', () => {
  it('never gets what is another’s', async () => {
    cache.keep(await place(), result());
    const others = [caller('green'), caller('blue', 'blue:ann'), caller('local', '', 'admin')];
    for (const other of others) expect(cache.find(await place(other))).toBeUndefined();
  });

  it('is a project: its users share, but for keys of one user alone', async () => {
    cache.keep(await place(blue, { userId: 'ann' }), result());
    expect(cache.find(await place(blue, { userId: 'bob' }))).toBeDefined();
    const ann = caller('blue', 'blue:ann');
    cache.keep(await place(ann), result({ executionId: 'e2' }));
    expect(cache.find(await place(ann))?.executionId).toBe('e2');
    expect(cache.find(await place(caller('blue', 'blue:bob')))).toBeUndefined();
  });

  it('is the project of the user that an admin names', async () => {
    cache.keep(await place(), result());
    const admin = caller('local', '', 'admin');
    expect(cache.find(await place(admin, { userId: 'blue:ann' }))).toBeDefined();
    expect(cache.find(await place(admin, { userId: 'green:ann' }))).toBeUndefined();
  });

  it('does not speak for others', async () => {
    const wanted = request({ userId: 'green:ann' });
    await expect(cache.placeOf(blue, wanted)).rejects.toMatchObject({ code: 'permission_denied' });
  });
});

describe('there is no place', () => {
  it.each([
    ['an unknown language', { language: 'perl' }],
    ['a version that is not there', { version: '4' }],
    ['an interactive run', { interactive: true }],
  ])('for %s', async (_, more: Partial<ExecutionRequest>) => {
    expect(await cache.placeOf(blue, request(more))).toBeUndefined();
  });

  it('while nobody tells which versions there are', async () => {
    languageVersions = () => Promise.reject(new Error('away'));
    expect(await cache.placeOf(blue, request())).toBeUndefined();
  });
});

describe('equal runs at the same time', () => {
  const once = async (run: () => Promise<ExecutionResult>) =>
    cache.once(await place(), run, (ran) => ran);

  it('are run once', async () => {
    const end = Promise.withResolvers<ExecutionResult>();
    let runs = 0;
    const run = () => {
      runs += 1;
      return end.promise;
    };
    const all = Promise.all([once(run), once(run), once(run)]);
    end.resolve(result());
    expect((await all).map(({ kind }) => kind)).toEqual(['ran', 'cached', 'cached']);
    expect([runs, (await once(run)).kind]).toEqual([1, 'cached']);
  });

  it.each([
    ['fails', () => Promise.reject(new Error('gone'))],
    ['ends otherwise', async () => result({ status: 'timeout' })],
  ])('run by themselves where the first one %s', async (_, first) => {
    const end = Promise.withResolvers<void>();
    const leading = once(() => end.promise.then(first)).catch(() => 'failed');
    const following = once(async () => result({ executionId: 'e2' }));
    end.resolve();
    await leading;
    expect(await following).toMatchObject({ kind: 'ran', run: { executionId: 'e2' } });
  });
});

it('a poisoned entry is a miss', async () => {
  const at = await place();
  for (const poison of ['[]', '{}', '{"execution_id":"e","status":"failed"}', '"text"', '7']) {
    const entry = { value: Buffer.from(poison), dependsOn: at.dependsOn };
    store.put('responses', at.key, { ...entry, expiresAtMs: Number.MAX_SAFE_INTEGER });
    expect(cache.find(at)).toBeUndefined();
    expect(store.entries.size).toBe(0);
  }
});
