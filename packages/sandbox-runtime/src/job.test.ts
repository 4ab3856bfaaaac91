import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJob } from './fake/decode-job.ts';
import { encodeJob, type Job } from './job.ts';

const text = fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', ''));
const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/);
const job: fc.Arbitrary<Job> = fc.record({
  argv: fc.array(text, { minLength: 1, maxLength: 5 }),
  env: fc.dictionary(name, text, { noNullPrototype: true }),
  stdin: fc.uint8Array(),
  files: fc.uniqueArray(fc.record({ path: name, content: fc.uint8Array() }), {
    selector: (file) => file.path,
    maxLength: 4,
  }),
});

const plain = ({ argv, env, stdin, files }: Job) => ({
  argv,
  env,
  stdin: Buffer.from(stdin ?? []),
  files: files.map((file) => ({ path: file.path, content: Buffer.from(file.content) })),
});

describe('a job', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(job, (original) => {
        expect(plain(decodeJob(encodeJob(original)))).toEqual(plain(original));
      }),
    );
  });

  it('starts with the length of the rest in sixteen bytes', () => {
    const bytes = encodeJob({ argv: ['main.py'], env: {}, stdin: new Uint8Array(), files: [] });
    const header = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
    expect(header).toMatch(/^\d+ *\n$/);
    expect(Number(header)).toBe(bytes.length - 16);
  });

  it('names every field that the format cannot hold', () => {
    const bad = { argv: ['a\0'], env: { 'A-B': 'x', C: '\0' }, stdin: new Uint8Array(), files: [] };
    expect(() => encodeJob(bad)).toThrow(/argv\[0\].*env\.A-B.*env\.C/);
    expect(() => encodeJob({ ...bad, argv: [], env: {} })).toThrow(/argv/);
  });
});
