// Files that ride in a JSON body.
import { invalidFields, type SourceFile } from '@pilotlight/contracts';
import { type Static, Type } from 'typebox';
import { bytesOf } from '../domain/bytes-json.ts';

export const givenFile = Type.Object(
  {
    path: Type.String({ description: 'Relative to /workspace, without "." or ".." parts.' }),
    content: Type.String(),
    encoding: Type.Optional(
      Type.Enum(['utf8', 'base64'], { description: 'Of content; utf8 unless given.' }),
    ),
  },
  { additionalProperties: false, title: 'File' },
);

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Throws `invalid_argument` that names the field where the text is no base64 but should be. */
export function bytesGiven(field: string, text: string, encoding: string | undefined): Buffer {
  const isGood = encoding !== 'base64' || (text.length % 4 === 0 && base64.test(text));
  if (isGood) return bytesOf(text, encoding);
  throw invalidFields([{ field, problem: 'is not base64' }]);
}

/** The same with their content decoded. */
export function filesFrom(files: readonly Static<typeof givenFile>[]): SourceFile[] {
  return files.map(({ path, content, encoding }, index) => ({
    path,
    content: bytesGiven(`files[${index}].content`, content, encoding),
  }));
}
