// The files in FileDescriptorSets, indexed by name and by the symbols that they define. They are
// kept as the bytes they came in: whoever asks for one decodes it.
import { BinaryReader } from '@bufbuild/protobuf/wire';

interface DescriptorFile {
  readonly bytes: Uint8Array;
  readonly dependencies: readonly string[];
}

/** Answers with a file and everything that it imports, the file itself first. */
export interface DescriptorIndex {
  byFilename(filename: string): Uint8Array[] | undefined;
  /** Takes the name of a message, enum or service, or of anything inside one. */
  bySymbol(symbol: string): Uint8Array[] | undefined;
}

/** `sets`: base64. A file that is in several sets counts once. */
export function indexDescriptors(sets: readonly string[]): DescriptorIndex {
  const files = new Map<string, DescriptorFile>();
  const definedIn = new Map<string, string>();
  for (const set of sets) {
    for (const bytes of fields(Buffer.from(set, 'base64')).messages(1)) {
      const file = fields(bytes);
      const name = file.text(1);
      files.set(name, { bytes, dependencies: file.texts(3) });
      for (const symbol of topLevelSymbols(file)) definedIn.set(symbol, name);
    }
  }
  const withImports = (name: string, seen = new Set<string>()): Uint8Array[] => {
    const file = files.get(name);
    if (file === undefined || seen.has(name)) return [];
    seen.add(name);
    return [file.bytes, ...file.dependencies.flatMap((other) => withImports(other, seen))];
  };
  return {
    byFilename: (filename) => (files.has(filename) ? withImports(filename) : undefined),
    bySymbol(symbol) {
      const parts = symbol.split('.');
      const names = parts.map((_, index) => parts.slice(0, parts.length - index).join('.'));
      const known = names.map((name) => definedIn.get(name)).find((name) => name !== undefined);
      return known === undefined ? undefined : withImports(known);
    },
  };
}

/** Messages, enums and services; what is inside them is found by their names. */
function topLevelSymbols(file: Fields): string[] {
  const packageName = file.text(2);
  const names = [4, 5, 6].flatMap((number) => file.messages(number)).map((m) => fields(m).text(1));
  return names.map((name) => (packageName === '' ? name : `${packageName}.${name}`));
}

/** The length-delimited fields of one protobuf message. */
interface Fields {
  messages(number: number): Uint8Array[];
  texts(number: number): string[];
  /** Empty where the field is not set. */
  text(number: number): string;
}

const lengthDelimited = 2;

function fields(message: Uint8Array): Fields {
  const found: { readonly number: number; readonly bytes: Uint8Array }[] = [];
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (wire === lengthDelimited) found.push({ number, bytes: reader.bytes() });
    else reader.skip(wire, number);
  }
  const messages = (number: number) => found.flatMap((f) => (f.number === number ? [f.bytes] : []));
  const texts = (number: number) => messages(number).map((bytes) => Buffer.from(bytes).toString());
  return { messages, texts, text: (number) => texts(number)[0] ?? '' };
}
