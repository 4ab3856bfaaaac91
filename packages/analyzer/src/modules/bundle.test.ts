import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isBundle } from './bundle.ts';
import { program } from './testing/program.ts';

const map = (...sources: string[]) =>
  JSON.stringify({ version: 3, sources, sourcesContent: sources.map(() => 'x'.repeat(9000)) });
const inline = (text: string) =>
  `//# sourceMappingURL=data:application/json;base64,${Buffer.from(text).toString('base64')}`;

test.each([
  [true, 'a map beside it names a package', '//# sourceMappingURL=out.js.map\n'],
  [true, 'the map is inside it', inline(map('../src/a.ts', '../node_modules/zod/index.js'))],
  [false, 'its map names own files only', inline(map('../src/a.ts'))],
  [false, 'its map is missing', '//# sourceMappingURL=gone.js.map'],
  [false, 'it has no map', ''],
])('%s where %s', (expected, _, comment) => {
  using it = program({
    'out.js': `console.log(1);\n${comment}`,
    'out.js.map': map('../src/a.ts', '../node_modules/zod/index.js'),
  });
  expect(isBundle(join(it.folder, 'out.js'))).toBe(expected);
});

test('a file that is not there is no bundle', () => {
  expect(isBundle('/nowhere/out.js')).toBe(false);
});
