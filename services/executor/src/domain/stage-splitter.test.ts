import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type StagePiece, StageSplitter } from './stage-splitter.ts';

const nonce = '0123456789abcdef0123456789abcdef';
const marker = (code: number) => Buffer.from(`\0${nonce} ${code}\n`);
const text = (pieces: readonly StagePiece[]) =>
  pieces.map(({ stage, data }) => `${stage}:${Buffer.from(data).toString('latin1')}`);

/** Cuts bytes at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const inside = places.map((place) => place % (bytes.length + 1));
  const edges = [...inside, 0, bytes.length].toSorted((a, b) => a - b);
  return edges.slice(1).map((edge, index) => bytes.subarray(edges[index], edge));
}

function joined(pieces: readonly StagePiece[], stage: 'compile' | 'run'): Buffer {
  return Buffer.concat(pieces.filter((piece) => piece.stage === stage).map(({ data }) => data));
}

/** What a hostile program writes: beginnings of markers, wrong markers, NULs, anything. */
const pieceOfMarker = fc.nat(marker(255).length).map((length) => marker(255).subarray(0, length));
const notQuite = fc.constantFrom(
  ...[`\0${nonce} 256\n`, `\0${nonce} 1000\n`, `\0${nonce} \n`, `\0${nonce} -1\n`, `\0${nonce}0\n`],
  ...[
    `\0${nonce} 0\r\n`,
    `\0${nonce.toUpperCase()} 0\n`,
    ` \0 ${nonce} 0\n`,
    `${nonce} 0\n`,
    '\0\0\0',
  ],
);
const hostile = fc
  .array(fc.oneof(fc.uint8Array({ maxLength: 20 }), pieceOfMarker, notQuite.map(Buffer.from)))
  .map((parts) => Buffer.concat(parts))
  .filter((bytes) => !/\0[0-9a-f]{32} \d{1,3}\n/.test(bytes.toString('latin1')));
const places = fc.array(fc.nat(1_000), { maxLength: 30 });

describe('the stage splitter', () => {
  it('finds the marker wherever chunks are cut, and loses and invents no byte', () => {
    fc.assert(
      fc.property(hostile, fc.nat(255), fc.uint8Array(), places, (before, code, after, cuts) => {
        // What comes before must not run on into the marker: "\0nonce 1" and "\0" do not.
        const splitter = new StageSplitter(nonce);
        const all = Buffer.concat([before, marker(code), after]);
        const pieces = cut(all, cuts).flatMap((bytes) => splitter.take('stdout', bytes));
        pieces.push(...splitter.end('stdout'));
        expect(splitter.code).toBe(code);
        expect(joined(pieces, 'compile')).toEqual(before);
        expect(joined(pieces, 'run')).toEqual(Buffer.from(after));
      }),
    );
  });

  it('lets through what is no marker, whole and in order', () => {
    fc.assert(
      fc.property(hostile, places, (bytes, cuts) => {
        const splitter = new StageSplitter(nonce);
        const pieces = cut(bytes, cuts).flatMap((part) => splitter.take('stderr', part));
        pieces.push(...splitter.end('stderr'));
        expect(splitter.code).toBeUndefined();
        expect(joined(pieces, 'compile')).toEqual(bytes);
      }),
    );
  });

  it('holds back no more than one marker', () => {
    fc.assert(
      fc.property(hostile, places, (bytes, cuts) => {
        const splitter = new StageSplitter(nonce);
        let held = 0;
        for (const part of cut(bytes, cuts)) {
          const out = splitter.take('stdout', part);
          held += part.length - out.reduce((sum, { data }) => sum + data.length, 0);
          expect(held).toBeLessThan(marker(255).length);
        }
      }),
    );
  });

  it('takes the first marker of either stream, and each stream at its own', () => {
    const splitter = new StageSplitter(nonce);
    expect(text(splitter.take('stderr', Buffer.from('warning')))).toEqual(['compile:warning']);
    expect(text(splitter.take('stdout', Buffer.concat([marker(0), Buffer.from('hi')])))).toEqual([
      'run:hi',
    ]);
    expect(splitter).toMatchObject({ code: 0, isOver: false });
    expect(text(splitter.take('stderr', Buffer.from('more')))).toEqual(['compile:more']);
    splitter.take('stderr', marker(7));
    expect(splitter).toMatchObject({ code: 0, isOver: true });
  });

  it('is over where the other stream has ended without a marker', () => {
    const splitter = new StageSplitter(nonce);
    splitter.take('stderr', marker(1));
    splitter.take('stdout', Buffer.from('\0'));
    expect(text(splitter.end('stdout'))).toEqual(['compile:\0']);
    expect(splitter).toMatchObject({ code: 1, isOver: true });
  });

  it('has one marker in a stream: what looks like another is output', () => {
    const splitter = new StageSplitter(nonce);
    splitter.take('stdout', marker(0));
    const again = splitter.take('stdout', marker(1));
    expect(joined(again, 'run')).toEqual(marker(1));
    expect(splitter.code).toBe(0);
  });

  it('counts a stream without a marker as the program’s once it goes on, and takes a late one out', () => {
    const splitter = new StageSplitter(nonce);
    splitter.take('stdout', marker(0));
    splitter.goOn();
    const late = Buffer.concat([Buffer.from('a'), marker(0), Buffer.from('b')]);
    expect(text(splitter.take('stderr', late))).toEqual(['run:a', 'run:b']);
  });
});
