// How an upload goes, whatever becomes of its caller, its lease or its sandbox.
import type { Lease, WriteFilesRequest } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { archive, rawEntry } from '../testing/tar-archive.ts';
import { createTestNode, leaseRequest, never, type TestNode } from '../testing/test-node.ts';
import { quiet, until } from '../testing/until.ts';
import { listFiles } from './list-files.ts';
import { readFile } from './read-file.ts';
import { writeFiles } from './write-files.ts';

const start = (lease: Lease, path = ''): WriteFilesRequest => ({
  message: { $case: 'start', start: { lease, path } },
});
const piece = (bytes: Uint8Array): WriteFilesRequest => ({
  message: { $case: 'archive', archive: bytes },
});

async function* sending(...messages: WriteFilesRequest[]) {
  yield* messages;
}

/** Sends some and then nothing more, without an end. */
async function* stalling(...messages: WriteFilesRequest[]) {
  yield* messages;
  await new Promise(() => undefined);
}

async function leased() {
  const node = createTestNode();
  const lease = await node.leases.lease(leaseRequest({ idleTimeoutSeconds: 60 }), never);
  return { node, lease, sandbox: node.driver.sandbox() };
}

/** Nothing is left of an upload: neither room nor use of the lease. */
function expectOver(node: TestNode): void {
  expect(node.spool.openFiles()).toBe(0);
  expect(node.registry.all().flatMap(({ state }) => (state === 'leased' ? [state] : []))).toEqual(
    node.leases.size === 1 ? ['leased'] : [],
  );
}

const file = archive({ name: 'a', content: 'hello' });

describe('an upload', () => {
  it('unpacks nothing before all of it was checked, then what was checked', async () => {
    const { node, lease, sandbox } = await leased();
    const goOn = Promise.withResolvers<void>();
    async function* slowly() {
      yield start(lease, 'in');
      yield piece(file.subarray(0, 600));
      await goOn.promise;
      yield piece(file.subarray(600));
    }
    const written = writeFiles(node, slowly(), never);
    await quiet();
    expect(sandbox.commands).toEqual([]);
    goOn.resolve();
    await until(() => sandbox.commands.length === 1);
    const [command] = sandbox.commands;
    expect(command?.command.argv.at(-1)).toBe('/workspace/in');
    const unpacked: Buffer[] = [];
    for await (const chunk of command?.stdin ?? []) unpacked.push(chunk);
    expect(Buffer.concat(unpacked).includes('hello')).toBe(true);
    command?.finish({ kind: 'exited', code: 0 });
    expect(await written).toEqual({ files: 1, bytes: 5 });
    expectOver(node);
  });

  it.each<[string, (lease: Lease) => WriteFilesRequest[], string]>([
    ['no start', () => [piece(file)], 'start'],
    ['nothing at all', () => [], 'start'],
    ['two starts', (lease) => [start(lease), start(lease)], 'archive'],
    ['a folder outside', (lease) => [start(lease, '../x'), piece(file)], 'path'],
    ['an absolute folder', (lease) => [start(lease, '/x'), piece(file)], 'path'],
    [
      'an archive that breaks off',
      (lease) => [start(lease), piece(file.subarray(0, 512))],
      'archive',
    ],
    ['no archive', (lease) => [start(lease)], 'archive'],
    [
      'a bad end',
      (lease) => [start(lease), piece(rawEntry({ name: 'ok' })), piece(archive({ typeflag: '2' }))],
      'archive',
    ],
  ])('is refused with %s, and nothing is written', async (_, messages, field) => {
    const { node, lease, sandbox } = await leased();
    await expect(writeFiles(node, sending(...messages(lease)), never)).rejects.toMatchObject({
      code: 'invalid_argument',
      details: [{ field: expect.stringContaining(field) }],
    });
    expect(sandbox.commands).toEqual([]);
    expectOver(node);
  });

  it.each<[string, (node: TestNode, lease: Lease, caller: AbortController) => void, string]>([
    ['its caller goes', (_, __, caller) => caller.abort(new Error('gone')), 'gone'],
    ['its lease ends', (node, lease) => node.leases.release(lease), 'the lease has ended'],
  ])('stops when %s, and nothing is written', async (_, happens, reason) => {
    const { node, lease, sandbox } = await leased();
    const caller = new AbortController();
    const messages = stalling(start(lease), piece(file.subarray(0, 700)));
    const written = writeFiles(node, messages, caller.signal);
    await until(() => node.spool.openFiles() === 1);
    happens(node, lease, caller);
    await expect(written).rejects.toThrow(reason);
    expect(sandbox.commands).toEqual([]);
    expectOver(node);
  });

  it('kills its command when its caller goes while that works', async () => {
    const { node, lease, sandbox } = await leased();
    const caller = new AbortController();
    const written = writeFiles(node, sending(start(lease), piece(file)), caller.signal);
    await until(() => sandbox.commands.length === 1);
    caller.abort(new Error('gone'));
    await expect(written).rejects.toThrow('gone');
    expect(sandbox.commands[0]?.kills).toBe(1);
    expectOver(node);
  });

  it('waits for the one before it of the same lease, and keeps the lease from being idle', async () => {
    const { node, lease, sandbox } = await leased();
    const uploads = [1, 2].map(() => writeFiles(node, sending(start(lease), piece(file)), never));
    await until(() => sandbox.commands.length === 1);
    await quiet();
    expect(node.spool.openFiles()).toBe(1);
    node.clock.advance(300_000);
    expect(node.leases.size).toBe(1);
    sandbox.commands[0]?.finish({ kind: 'exited', code: 0 });
    await until(() => sandbox.commands.length === 2);
    sandbox.commands[1]?.finish({ kind: 'exited', code: 0 });
    await Promise.all(uploads);
    node.clock.advance(60_000);
    expect(node.leases.size).toBe(0);
  });

  it('goes on after one before it has failed', async () => {
    const { node, lease, sandbox } = await leased();
    const failed = writeFiles(node, sending(start(lease), piece(Buffer.from('no'))), never);
    const written = writeFiles(node, sending(start(lease), piece(file)), never);
    await expect(failed).rejects.toMatchObject({ code: 'invalid_argument' });
    await until(() => sandbox.commands.length === 1);
    sandbox.commands[0]?.finish({ kind: 'exited', code: 0 });
    expect(await written).toEqual({ files: 1, bytes: 5 });
  });
});

describe('a file that is read', () => {
  const read = async (output: Uint8Array, code: number, said = '') => {
    const { node, lease, sandbox } = await leased();
    const pieces: string[] = [];
    const collect = async () => {
      for await (const { data } of readFile(node, { lease, path: 'f' }, never)) {
        pieces.push(Buffer.from(data).toString());
      }
      return pieces.join('');
    };
    const result = collect();
    result.catch(() => undefined);
    await until(() => sandbox.commands.length === 1);
    const [command] = sandbox.commands;
    command?.stderr.write(said);
    command?.stdout.write(output);
    command?.finish({ kind: 'exited', code });
    return result;
  };

  it('is what tar packed, also where it changed meanwhile', async () => {
    expect(await read(file, 0)).toBe('hello');
    expect(await read(file, 1, 'tar: f: file changed as we read it')).toBe('hello');
  });

  it.each<[string, Uint8Array, number, string, object]>([
    [
      'became shorter',
      file,
      1,
      'tar: f: File shrank by 3 bytes; padding with zeros',
      { code: 'failed_precondition' },
    ],
    [
      'is a link',
      archive({ name: 'f', typeflag: '2', linkname: '/etc/passwd' }),
      0,
      '',
      { message: 'f: is a symbolic link' },
    ],
    [
      'is a link of the other kind',
      archive({ name: 'f', typeflag: '1' }),
      0,
      '',
      { message: 'f: is not a regular file' },
    ],
    [
      'is two',
      archive({ name: 'f' }, { name: 'g' }),
      0,
      '',
      { message: 'f: is more than one file' },
    ],
    ['is none', archive(), 0, '', { message: 'f: is not a regular file' }],
    ['is sparse', archive({ typeflag: 'S' }), 0, '', { message: 'f: is not a regular file' }],
    [
      'breaks off',
      file.subarray(0, 514),
      0,
      '',
      { message: expect.stringContaining('ends before its end') },
    ],
    ['is no archive', Buffer.alloc(600, 'x'), 0, '', { code: 'failed_precondition' }],
    [
      'is not there',
      archive(),
      2,
      'tar: f: Cannot stat: No such file or directory\ntar: Exiting with failure status due to previous errors',
      { code: 'not_found' },
    ],
    [
      'is packed by a command that is killed',
      Buffer.alloc(0),
      137,
      '',
      { code: 'failed_precondition' },
    ],
  ])('is refused where it %s', async (_, output, code, said, refusal) => {
    await expect(read(output, code, said)).rejects.toMatchObject(refusal);
  });

  it('ends its command when nobody reads on', async () => {
    const { node, lease, sandbox } = await leased();
    const reading = readFile(node, { lease, path: 'f' }, never);
    const first = reading.next();
    await until(() => sandbox.commands.length === 1);
    sandbox.commands[0]?.stdout.write(archive({ content: 'x'.repeat(2_000) }).subarray(0, 600));
    expect((await first).value?.data.length).toBe(88);
    await reading.return(undefined);
    expect(sandbox.commands[0]?.kills).toBe(1);
    expect(node.leases.use(lease).times.activeCalls).toBe(0);
  });
});

/** An entry as `find` prints it. */
const found = (...fields: readonly string[]) => fields.map((field) => `${field}\0`).join('');

describe('a folder that is listed', () => {
  it('is cut where its names alone would be too much for one answer', async () => {
    const { node, lease, sandbox } = await leased();
    const listed = listFiles(node, { lease, path: '', recursive: true }, never);
    await until(() => sandbox.commands.length === 1);
    const [command] = sandbox.commands;
    command?.stdout.write('d\x000\x001\x00755\0\0');
    for (let n = 0; n < 5_000; n += 1) {
      command?.stdout.write(found('f', '1', '1.5', '644', `${n}${'x'.repeat(4_000)}`));
    }
    const { entries, truncated } = await listed;
    expect(truncated).toBe(true);
    expect(entries.length).toBeGreaterThan(1_000);
    expect(entries.length).toBeLessThan(2_000);
    expect(command?.kills).toBe(1);
  });

  it('is cut where somebody sends a field without end', async () => {
    const { node, lease, sandbox } = await leased();
    const listed = listFiles(node, { lease, path: '', recursive: true }, never);
    await until(() => sandbox.commands.length === 1);
    const [command] = sandbox.commands;
    command?.stdout.write('d\x000\x001\x00755\0\0');
    command?.stdout.write('f'.repeat(20_000));
    expect(await listed).toEqual({ entries: [], truncated: true });
  });
});
