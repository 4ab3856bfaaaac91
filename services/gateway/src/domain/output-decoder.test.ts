import { OutputChunk } from '@pilotlight/contracts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { outputFrame } from './frames.ts';
import { OutputDecoder } from './output-decoder.ts';

const sources = [
  { stream: 'stdout', stage: 'compile' },
  { stream: 'stdout', stage: 'run' },
  { stream: 'stderr', stage: 'run' },
] as const;

function decoded(pieces: readonly { readonly source: number; readonly data: Uint8Array }[]) {
  const decoder = new OutputDecoder();
  const items = pieces.flatMap(({ source, data }, index) =>
    decoder.take(
      OutputChunk.create({
        ...{ attempt: 1, sequence: index + 1, ...sources[source] },
        data: Buffer.from(data),
      }),
    ),
  );
  return [...items, ...decoder.end(1, pieces.length)].filter((item) => item.kind !== 'began');
}

const piece = fc.record({ source: fc.nat(2), data: fc.uint8Array({ maxLength: 12 }) });

it('loses no byte and invents none, whatever is written', () => {
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const items = decoded(pieces);
      for (const [index, source] of sources.entries()) {
        const written = pieces.filter((written) => written.source === index);
        const out = items.flatMap((item) =>
          item.kind === 'piece' && item.stream === source.stream && item.stage === source.stage
            ? [item.bytes]
            : [],
        );
        expect(Buffer.concat(out)).toEqual(Buffer.concat(written.map(({ data }) => data)));
      }
    }),
  );
});

it('never splits a character, wherever a chunk was cut', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.array(fc.nat(200)),
      (text, cuts) => {
        const bytes = Buffer.from(text);
        const places = [0, ...cuts.map((cut) => cut % bytes.length), bytes.length].toSorted(
          (a, b) => a - b,
        );
        const pieces = places.slice(1).map((end, index) => {
          return { source: 1, data: bytes.subarray(places[index], end) };
        });
        const frames = decoded(pieces).map((item) => JSON.parse(outputFrame(item).text));
        expect(frames.every(({ encoding }) => encoding === undefined)).toBe(true);
        expect(frames.map(({ data }) => data).join('')).toBe(text);
        expect(frames.map(({ seq }) => seq)).toEqual(pieces.map((_, index) => index + 1));
      },
    ),
  );
});

it('says what never came, and shows what was cut for good after the last number', () => {
  const decoder = new OutputDecoder();
  const chunk = (sequence: number, data: number[]) =>
    OutputChunk.create({
      attempt: 1,
      sequence,
      stream: 'stdout',
      stage: 'run',
      data: Buffer.from(data),
    });
  expect(decoder.take(chunk(3, [0xe2, 0x82])).map(({ kind }) => kind)).toEqual(['began']);
  const items = decoder.end(1, 4).map((item) => {
    return 'bytes' in item ? { ...item, bytes: [...item.bytes] } : item;
  });
  expect(items).toMatchObject([
    { kind: 'gap', from: 1, to: 2 },
    { kind: 'piece', seq: 3, bytes: [] },
    { kind: 'gap', from: 4, to: 4 },
    { kind: 'piece', seq: 5, bytes: [0xe2, 0x82] },
  ]);
});
