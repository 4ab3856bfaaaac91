import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { tarEnd, tarHeader, tarPadding, type WriteFilesRequest } from '@pilotlight/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asAdmin, type ServicesRig, servicesRig } from '../testing/services-rig.ts';

let rig: ServicesRig;
let id: string;
let headers: Record<string, string>;

beforeEach(async () => {
  rig = await servicesRig();
  const answer = await rig.app.inject({
    ...{ method: 'POST', url: '/api/v1/sandboxes', headers: asAdmin() },
    payload: { template: 'python' },
  });
  id = answer.json().sandbox_id;
  headers = asAdmin({ 'x-lease-token': answer.json().token });
});
afterEach(() => rig.close());

const get = (what: string) =>
  rig.app.inject({ method: 'GET', url: `/api/v1/sandboxes/${id}/files${what}`, headers });
const put = (payload: Buffer | Readable | object, type = 'application/json', query = '') =>
  rig.app.inject({
    ...{ method: 'PUT', url: `/api/v1/sandboxes/${id}/files${query}` },
    ...{ headers: { ...headers, 'content-type': type }, payload },
  });

function archive(path: string, content: Buffer): Buffer {
  const modifiedAt = new Date(0);
  const header = tarHeader({
    path,
    kind: 'file',
    sizeBytes: content.length,
    mode: 0o644,
    modifiedAt,
  });
  return Buffer.concat([header, content, tarPadding(content.length), tarEnd]);
}

describe('files', () => {
  it('go in as a list and come out as they were', async () => {
    const files = [
      { path: 'a/text', content: 'é' },
      { path: 'b', content: '/wA=', encoding: 'base64' },
    ];
    expect((await put({ files })).json()).toEqual({ files: 2, bytes: 4 });
    expect((await get('/content?path=a/text')).body).toBe('é');
    const binary = await get('/content?path=b');
    expect(binary.rawPayload).toEqual(Buffer.from([0xff, 0]));
    expect(binary.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': "attachment; filename*=UTF-8''b",
      'x-content-type-options': 'nosniff',
    });
    const { entries } = (await get('?recursive=true')).json();
    expect(entries).toMatchObject([
      { path: 'a', kind: 'directory' },
      { path: 'a/text', kind: 'file', size_bytes: 2 },
      { path: 'b', kind: 'file', size_bytes: 2 },
    ]);
    expect((await get('?path=a')).json().entries).toMatchObject([{ path: 'text' }]);
  });

  it('go in as an archive, into a folder', async () => {
    const content = Buffer.alloc(3_000_000, 'x');
    const answer = await put(archive('big', content), 'application/x-tar', '?path=in');
    expect(answer.json()).toEqual({ files: 1, bytes: content.length });
    const read = await get('/content?path=in/big');
    expect(read.rawPayload.equals(content)).toBe(true);
  });

  it('are named so that no header can be made of it', async () => {
    await put({ files: [{ path: 'a"; x=\'é', content: '' }] });
    const answer = await get(`/content?path=${encodeURIComponent('a"; x=\'é')}`);
    expect(answer.headers['content-disposition']).toBe(
      "attachment; filename*=UTF-8''a%22%3B%20x%3D%27%C3%A9",
    );
  });

  it('that are not there are a 404, before anything is sent', async () => {
    const answer = await get('/content?path=none');
    expect(answer.statusCode).toBe(404);
    expect(answer.json().error_code).toBe('NOT_FOUND');
  });

  it.each([
    [{}],
    [{ files: [] }],
    [{ files: [{ path: 'a' }] }],
    [{ files: [{ path: 'a', content: '', mode: 511 }] }],
    [{ files: [{ path: 'a\0b', content: '' }] }],
  ])('are refused where the body is no good: %j', async (payload) => {
    expect((await put(payload)).statusCode).toBe(400);
  });

  it('are taken as nothing but JSON and tar', async () => {
    expect((await put(Buffer.from('PK'), 'application/zip')).statusCode).toBe(415);
  });
});

it('an archive is taken by no other call', async () => {
  const answer = await rig.app.inject({
    ...{ method: 'POST', url: '/api/v1/execute' },
    headers: { ...headers, 'content-type': 'application/x-tar' },
    payload: archive('a', Buffer.alloc(0)),
  });
  expect(answer.statusCode).toBe(415);
});

it('an archive is read no faster than it is taken', async () => {
  await rig.close();
  let read = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    for (; read < 1_000; read += 1) yield Buffer.alloc(65_536);
  }
  const began = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  rig = await servicesRig({
    sandboxes: {
      async writeFiles(requests: AsyncIterable<WriteFilesRequest>) {
        let bytes = 0;
        for await (const { message } of requests) {
          if (message?.$case !== 'archive') continue;
          bytes += message.archive.length;
          began.resolve();
          await goOn.promise;
        }
        return { files: 1, bytes };
      },
    } as never,
  });
  const answer = put(Readable.from(endless()), 'application/x-tar');
  await began.promise;
  for (let turn = 0; turn < 100; turn += 1) await setImmediate();
  expect(read).toBeLessThan(20);
  goOn.resolve();
  expect((await answer).json()).toEqual({ files: 1, bytes: 65_536_000 });
});
