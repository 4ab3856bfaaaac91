// The hostile cases of files that go in and come out: archives that lead out, bombs, links that wait
// for whoever reads or writes them.
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { LeasedSandbox } from '@pilotlight/client';
import { limits, tarEnd, tarHeader, tarPadding } from '@pilotlight/contracts';
import { expect } from 'vitest';
import { refusalOf } from '../e2e/behaviour-fixture.ts';
import type { Encounter, Scene } from './encounter.ts';

const epoch = new Date(0);

/** One entry of any kind: a header as ustar has it, its type and link changed and its sum made anew. */
function entry(path: string, typeflag: string, link = '', content = ''): Buffer {
  const sizeBytes = content.length;
  const file = { path: 'x', kind: 'file', sizeBytes, mode: 0o777, modifiedAt: epoch } as const;
  const header = Buffer.from(tarHeader(file));
  header.fill(0, 0, 100).write(path, 0, 100, 'latin1');
  header.write(typeflag, 156, 'latin1');
  header.write(link, 157, 100, 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, Buffer.from(content), tarPadding(sizeBytes)]);
}

async function* archive(...entries: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* entries;
  yield tarEnd;
}

const slips: readonly (readonly [string, readonly Uint8Array[]])[] = [
  ['a path that leads out', [entry('../../../tmp/slipped', '0', '', 'x')]],
  ['an absolute path', [entry('/tmp/slipped', '0', '', 'x')]],
  ['a hard link', [entry('hard', '1', '/etc/passwd')]],
  ['a link and a file through it', [entry('out', '2', '/tmp'), entry('out/slipped', '0', '', 'x')]],
  ['a character device', [entry('zero', '3')]],
  ['a block device', [entry('disk', '4')]],
  ['a FIFO', [entry('pipe', '6')]],
  ['an unknown type', [entry('what', 'Z')]],
  ['one name twice', [entry('a', '0', '', '1'), entry('./a', '0', '', '2')]],
];

async function slip(sandbox: LeasedSandbox): Promise<void> {
  for (const [what, entries] of slips) {
    const good = entry('good', '0', '', 'x');
    const refusal = await refusalOf(sandbox.writeFiles(archive(good, ...entries)));
    expect([what, refusal.code]).toEqual([what, 'invalid_argument']);
  }
  expect(await printed(sandbox, 'ls -A . /tmp')).toBe('.:\n\n/tmp:\n');
}

/** Zeros without end, as long as somebody takes them. */
async function* zeros(counted: { bytes: number }): AsyncGenerator<Uint8Array> {
  const piece = Buffer.alloc(1024 * 1024);
  const sizeBytes = 8 ** 11 - 512;
  yield tarHeader({ path: 'zeros', kind: 'file', sizeBytes, mode: 0o644, modifiedAt: epoch });
  for (;;) {
    counted.bytes += piece.length;
    yield piece;
  }
}

async function* manyEntries(): AsyncGenerator<Uint8Array> {
  for (let index = 0; index <= limits.maxUploadFiles; index += 1) yield entry(`f${index}`, '0');
  yield tarEnd;
}

async function bomb(sandbox: LeasedSandbox): Promise<void> {
  const refuses = async (bytes: AsyncIterable<Uint8Array>, problem: string) => {
    const refusal = await refusalOf(sandbox.writeFiles(bytes));
    expect(refusal).toMatchObject({ code: 'invalid_argument' });
    expect(refusal.message).toContain(problem);
  };
  // 64 MiB in 64 KiB: a ratio of a thousand. Nothing that the host would have to unpack is taken.
  await refuses(Readable.from([gzipSync(Buffer.alloc(64 * 1024 * 1024))]), 'compressed');
  await refuses(archive(entry('sparse', 'S')), 'sparse');
  const sent = { bytes: 0 };
  await refuses(zeros(sent), 'larger than');
  expect(sent.bytes).toBeLessThan(limits.maxUploadBytes);
  await refuses(manyEntries(), `more than ${limits.maxUploadFiles}`);
  expect(await printed(sandbox, 'ls -A')).toBe('');
}

async function readBack(sandbox: LeasedSandbox): Promise<void> {
  const planted =
    'ln -s /etc/shadow a; ln -s a b; mkfifo c; ln -s /dev/zero d; ln -s . e; ln -s f f';
  await printed(sandbox, `${planted}; mkdir g`);
  for (const path of ['a', 'b', 'c', 'd', 'e', 'f', 'g', '/dev/zero']) {
    const refusal = await refusalOf(sandbox.readFile(path));
    expect([path, refusal.code]).toEqual([path, 'failed_precondition']);
  }
  const { entries } = await sandbox.listFiles('', { recursive: true });
  expect(entries.filter(({ kind }) => kind === 'file')).toEqual([]);
}

async function linkInTheWay(sandbox: LeasedSandbox): Promise<void> {
  const outside = await mkdtemp(join(tmpdir(), 'pilotlight-outside-'));
  try {
    const before = readFileSync('/etc/passwd', 'utf8');
    await printed(sandbox, `ln -s /etc/passwd main.sh; ln -s ${outside} folder; ln -s / root`);
    await sandbox.writeFiles([{ path: 'main.sh', content: 'echo mine' }]);
    expect(await printed(sandbox, 'test -L main.sh || sh main.sh')).toBe('mine\n');
    // Unpacked inside, where the links may lead to a place of the sandbox's own, or nowhere.
    const paths = ['folder/x', `root${outside}/x`, 'root/etc/hostname'];
    const writes = paths.map((path) => sandbox.writeFiles([{ path, content: 'x' }]));
    await Promise.allSettled(writes);
    expect(readFileSync('/etc/passwd', 'utf8')).toBe(before);
    expect(readdirSync(outside)).toEqual([]);
  } finally {
    await rm(outside, { recursive: true });
  }
}

/** With a lease of its own, given back whatever happens. */
const leased = (meet: (sandbox: LeasedSandbox) => Promise<void>) => async (scene: Scene) => {
  const sandbox = await scene.client.acquire({ template: 'shell', userId: 'ann' });
  await meet(sandbox).finally(() => sandbox.release());
};

async function printed(sandbox: LeasedSandbox, script: string): Promise<string> {
  return (await sandbox.exec(['sh', '-c', script])).stdout;
}

/** In the order of the list. */
export const archiveEncounters: readonly Encounter[] = [
  { name: '29 archives that slip out, hard links and devices', meet: leased(slip) },
  { name: '30 bombs: compressed, sparse, endless, ten thousand', meet: leased(bomb) },
  { name: '31 links, FIFOs and devices read back', meet: leased(readBack) },
  { name: '32 links where files are written', meet: leased(linkInTheWay) },
];
