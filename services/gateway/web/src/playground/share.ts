// A project in a link: compressed, behind the #, so that no server ever sees it.
import { base64FromBytes, bytesFromBase64 } from './base64.ts';
import { type Project, projectFrom } from './project.ts';

/** Of what comes out of a link: a few bytes of it could otherwise fill the memory. */
const maxDecodedLength = 4 * 1024 * 1024;

/** Of the encoding, so that old links can be told from new ones. */
const version = '1';

/** `1.` and base64url of raw deflate of JSON. */
export async function encodeProject(project: Project): Promise<string> {
  const plain = new Blob([JSON.stringify(project)]);
  const packed = plain.stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  const text = base64FromBytes(bytes).replaceAll('+', '-').replaceAll('/', '_');
  return `${version}.${text.replace(/=+$/, '')}`;
}

/** Undefined where the link was cut or changed, or holds too much. */
export async function decodeProject(code: string): Promise<Project | undefined> {
  const [given, text] = code.split('.', 2);
  if (given !== version || text === undefined) return undefined;
  try {
    const bytes = bytesFromBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
    const packed = new Blob([bytes]).stream();
    const plain = packed.pipeThrough(new DecompressionStream('deflate-raw'));
    return projectFrom(JSON.parse(await readText(plain)));
  } catch {
    return undefined;
  }
}

async function readText(stream: ReadableStream<BufferSource>): Promise<string> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    text += next.value;
    if (text.length > maxDecodedLength) {
      await reader.cancel();
      throw new RangeError('The link holds too much.');
    }
  }
  return text;
}
