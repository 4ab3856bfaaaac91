// The messages of server reflection on the wire; v1 and v1alpha are the same there.
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';

/** What a client asks; `original` is sent back with the answer. */
export interface ReflectionRequest {
  readonly query:
    | { readonly kind: 'filename' | 'symbol' | 'extensions_of'; readonly name: string }
    | { readonly kind: 'list' }
    | { readonly kind: 'unknown' };
  readonly original: Uint8Array;
}

export type ReflectionResponse = { readonly original: Uint8Array } & (
  | { readonly kind: 'files'; readonly files: readonly Uint8Array[] }
  | { readonly kind: 'services'; readonly names: readonly string[] }
  | { readonly kind: 'no_extensions'; readonly type: string }
  | { readonly kind: 'error'; readonly status: number; readonly message: string }
);

const delimited = (field: number) => (field << 3) | 2;
const varint = (field: number) => field << 3;

export const reflectionRequestType = {
  encode: (request: ReflectionRequest) => new BinaryWriter().raw(request.original),
  decode(original: Uint8Array): ReflectionRequest {
    const reader = new BinaryReader(original);
    let query: ReflectionRequest['query'] = { kind: 'unknown' };
    while (reader.pos < reader.len) {
      const [field, wire] = reader.tag();
      if (field === 3) query = { kind: 'filename', name: reader.string() };
      else if (field === 4) query = { kind: 'symbol', name: reader.string() };
      else if (field === 6) query = { kind: 'extensions_of', name: reader.string() };
      else {
        if (field === 7) query = { kind: 'list' };
        reader.skip(wire, field);
      }
    }
    return { query, original };
  },
  fromPartial: (request: ReflectionRequest) => request,
};

function encodeAnswer(response: ReflectionResponse, writer: BinaryWriter): void {
  switch (response.kind) {
    case 'files':
      writer.uint32(delimited(4)).fork();
      for (const file of response.files) writer.uint32(delimited(1)).bytes(file);
      break;
    case 'no_extensions':
      writer.uint32(delimited(5)).fork().uint32(delimited(1)).string(response.type);
      break;
    case 'services':
      writer.uint32(delimited(6)).fork();
      for (const name of response.names) {
        writer.uint32(delimited(1)).fork().uint32(delimited(1)).string(name).join();
      }
      break;
    case 'error':
      writer.uint32(delimited(7)).fork();
      writer.uint32(varint(1)).int32(response.status);
      writer.uint32(delimited(2)).string(response.message);
      break;
  }
  writer.join();
}

export const reflectionResponseType = {
  encode(response: ReflectionResponse): BinaryWriter {
    const writer = new BinaryWriter();
    writer.uint32(delimited(2)).bytes(response.original);
    encodeAnswer(response, writer);
    return writer;
  },
  /** Servers only write responses. */
  decode: (original: Uint8Array): ReflectionResponse => ({ kind: 'files', files: [], original }),
  fromPartial: (response: ReflectionResponse) => response,
};
