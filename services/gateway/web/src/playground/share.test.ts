import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64FromBytes } from './base64.ts';
import { decodeProject, encodeProject } from './share.ts';

const project = {
  language: 'python',
  files: [{ path: 'main.py', content: 'print("größe 🔥")\n' }],
  stdin: 'in\n',
  args: 'a "b c"',
};

async function packed(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return `1.${base64FromBytes(bytes).replaceAll('+', '-').replaceAll('/', '_')}`;
}

describe('a project in a link', () => {
  it('comes out as it went in, in characters that need no escape', async () => {
    const code = await encodeProject(project);
    expect(code).toMatch(/^1\.[\w-]+$/);
    expect(await decodeProject(code)).toEqual(project);
  });

  it('does so for any text', async () => {
    const text = fc.string({ unit: 'grapheme' });
    await fc.assert(
      fc.asyncProperty(text, text, async (content, stdin) => {
        const one = { ...project, files: [{ path: 'a', content }], stdin };
        expect(await decodeProject(await encodeProject(one))).toEqual(one);
      }),
      { seed: 5, numRuns: 50 },
    );
  });

  it('is much shorter than the program', async () => {
    const long = { ...project, files: [{ path: 'a.py', content: 'print("again")\n'.repeat(500) }] };
    expect((await encodeProject(long)).length).toBeLessThan(500);
  });

  it.each(['', '1.', '2.abc', '1.%%%', '1.AAAA', 'nothing'])('is refused: %j', async (code) => {
    expect(await decodeProject(code)).toBeUndefined();
  });

  it('is refused where it is cut, is no project, or fills the memory', async () => {
    const code = await encodeProject(project);
    expect(await decodeProject(code.slice(0, -8))).toBeUndefined();
    expect(await decodeProject(await packed('{"language":"python"}'))).toBeUndefined();
    const bomb = JSON.stringify({
      ...project,
      files: [{ path: 'a', content: '\0'.repeat(5_000_000) }],
    });
    expect(await decodeProject(await packed(bomb))).toBeUndefined();
  });
});
