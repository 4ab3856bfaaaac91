import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExitStatus } from '../driver.ts';
import { ExitReportReader } from './exit-report.ts';

const nonce = '0123456789abcdef';

function read(chunks: readonly Uint8Array[]): { own: Buffer; reports: readonly ExitStatus[] } {
  const reports: ExitStatus[] = [];
  const reader = new ExitReportReader(nonce, (status) => reports.push(status));
  const pieces = chunks.map((chunk) => reader.push(Buffer.from(chunk)));
  return { own: Buffer.concat([...pieces, reader.end()]), reports };
}

/** Cuts bytes at the given places, in any order and number. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (a, b) => a - b,
  );
  const edges = [0, ...sorted, bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
}

/** Output full of NULs and pieces of the marker itself. */
const nastyOutput = fc
  .array(fc.constantFrom('\0', `\0${nonce.slice(0, 7)}`, `\0${nonce}`, 'exit 0\n', nonce, 'é'), {
    maxLength: 20,
  })
  .map((parts) => Buffer.from(parts.join(''), 'utf8'));

describe('the exit report at the end of stderr', () => {
  const cases: readonly (readonly [string, ExitStatus])[] = [
    ['exit 0', { kind: 'exited', code: 0 }],
    ['exit 137', { kind: 'exited', code: 137 }],
    ['signal 137', { kind: 'signalled', signal: 'SIGKILL' }],
    ['signal 134', { kind: 'signalled', signal: 'SIGABRT' }],
    ['signal 162', { kind: 'signalled', signal: 'SIG34' }],
  ];
  it.each(cases)('reads `%s`', (report, status) => {
    expect(read([Buffer.from(`oops\n\0${nonce} ${report}\n`)])).toEqual({
      own: Buffer.from('oops\n'),
      reports: [status],
    });
  });

  it('drops what comes after a report', () => {
    const { own, reports } = read([
      Buffer.from(`a\0${nonce} exit 1\nlate`),
      Buffer.from(`\0${nonce} exit 2\n`),
    ]);
    expect(own.toString()).toBe('a');
    expect(reports).toEqual([{ kind: 'exited', code: 1 }]);
  });

  it('keeps every byte of the program, wherever chunks are cut', () => {
    fc.assert(
      fc.property(nastyOutput, fc.array(fc.nat(400)), fc.boolean(), (output, places, reported) => {
        fc.pre(!output.includes(`\0${nonce} `));
        const trailer = Buffer.from(reported ? `\0${nonce} signal 139\n` : '');
        const { own, reports } = read(cut(Buffer.concat([output, trailer]), places));
        expect(own).toEqual(output);
        expect(reports).toEqual(reported ? [{ kind: 'signalled', signal: 'SIGSEGV' }] : []);
      }),
    );
  });
});
