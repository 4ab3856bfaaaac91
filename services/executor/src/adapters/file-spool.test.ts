import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileSpool } from './file-spool.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pilotlight-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const spool = (maxBytes = 4_000_000) => createFileSpool({ directory: join(folder, 's'), maxBytes });

async function all(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('the spool', () => {
  it('gives back what was written, small pieces and large, also a second time', async () => {
    const file = await spool().open();
    const pieces = [1, 500, 0, 300_000, 7].map((length, n) => Buffer.alloc(length, n + 1));
    for (const piece of pieces) await file.write(piece);
    expect((await all(file.read())).equals(Buffer.concat(pieces))).toBe(true);
    expect((await all(file.read())).length).toBe(300_508);
    await file.close();
    await file.close();
  });

  it('keeps what it was given, whatever becomes of the caller’s buffer', async () => {
    const file = await spool().open();
    const buffer = Buffer.from('kept');
    await file.write(buffer);
    buffer.fill(0);
    expect(String(await all(file.read()))).toBe('kept');
    await file.close();
  });

  it('has no names on disk: nothing is left of an executor that was killed', async () => {
    const room = spool();
    const file = await room.open();
    await file.write(Buffer.alloc(1_000_000));
    expect(readdirSync(join(folder, 's'))).toEqual([]);
    await file.close();
    room.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('takes so much of all uploads together, and room that was given back again', async () => {
    const room = spool(1_000);
    const [first, second] = [await room.open(), await room.open()];
    await first.write(Buffer.alloc(900));
    await expect(second.write(Buffer.alloc(101))).rejects.toMatchObject({
      code: 'resource_exhausted',
    });
    await second.write(Buffer.alloc(100));
    await first.close();
    await second.write(Buffer.alloc(900));
    expect((await all(second.read())).length).toBe(1_000);
    await second.close();
  });

  it('says that there is none where its folder has gone', async () => {
    const room = spool();
    room.close();
    await expect(room.open()).rejects.toMatchObject({ code: 'unavailable' });
  });
});
