import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { fileDescriptorSet } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { connectRpc } from './client.ts';
import { indexDescriptors } from './descriptors.ts';
import { EchoDefinition, readAll, serveEcho } from './testing/echo.ts';

/** Messages as bytes: the client of a test reads with no code of the server's. */
const rawType = {
  encode: (message: Uint8Array) => ({ finish: () => message }),
  decode: (bytes: Uint8Array) => bytes,
  fromPartial: (message: Uint8Array) => message,
};

const definitionOf = (version: string) => ({
  fullName: `grpc.reflection.${version}.ServerReflection`,
  methods: {
    ask: {
      name: 'ServerReflectionInfo',
      requestType: rawType,
      requestStream: true,
      responseType: rawType,
      responseStream: true,
    } as const,
  },
});

const question = (field: number, text: string) =>
  new BinaryWriter()
    .uint32((field << 3) | 2)
    .string(text)
    .finish();

/** The length-delimited fields of a message, as number and bytes. */
function fieldsOf(message: Uint8Array): [number, Uint8Array][] {
  const reader = new BinaryReader(message);
  const found: [number, Uint8Array][] = [];
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    if (wire === 2) found.push([number, reader.bytes()]);
    else reader.skip(wire, number);
  }
  return found;
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

async function ask(version: string, request: Uint8Array): Promise<[number, Uint8Array][]> {
  await using stack = await serveEcho({});
  const connection = connectRpc(definitionOf(version), { address: stack.server.address });
  const requests = (async function* () {
    yield request;
  })();
  const [answer] = await readAll(connection.client.ask(requests));
  connection.close();
  return fieldsOf(answer ?? new Uint8Array());
}

/** The names of the files in a response. */
const fileNames = (answer: [number, Uint8Array][]) =>
  answer
    .filter(([field]) => field === 4)
    .flatMap(([, response]) => fieldsOf(response))
    .map(([, file]) => text(fieldsOf(file)[0]?.[1] ?? new Uint8Array()));

describe.each(['v1', 'v1alpha'])('reflection %s', (version) => {
  it('lists the services, and repeats the question', async () => {
    const request = question(7, '');
    const answer = await ask(version, request);
    expect(answer[0]).toEqual([2, Buffer.from(request)]);
    const services = fieldsOf(answer[1]?.[1] ?? new Uint8Array());
    expect(services.map(([, service]) => text(fieldsOf(service)[0]?.[1] ?? service))).toEqual([
      'grpc.health.v1.Health',
      'grpc.reflection.v1.ServerReflection',
      'grpc.reflection.v1alpha.ServerReflection',
      EchoDefinition.fullName,
    ]);
  });

  it.each([
    'pilotlight.v1.SandboxService',
    'pilotlight.v1.SandboxService.KeepAlive',
    'pilotlight.v1.LeaseRef',
  ])('finds the file of %s, with its imports', async (symbol) => {
    const names = fileNames(await ask(version, question(4, symbol)));
    expect(names[0]).toBe('pilotlight/v1/sandbox.proto');
    expect(names).toContain('google/protobuf/timestamp.proto');
    expect(new Set(names).size).toBe(names.length);
  });

  it('finds a file by its name, those of health checking and reflection as well', async () => {
    const health = 'grpc/health/v1/health.proto';
    expect(fileNames(await ask(version, question(3, health)))).toEqual([health]);
    const own = `grpc/reflection/${version}/reflection.proto`;
    expect(fileNames(await ask(version, question(3, own)))).toEqual([own]);
  });

  it.each([
    ['symbol', 4],
    ['file', 3],
  ])('says so where there is no such %s', async (_, field) => {
    const answer = await ask(version, question(field, 'no.Such'));
    expect(answer.map(([number]) => number)).toEqual([2, 7]);
  });

  it('knows of no extensions', async () => {
    const answer = await ask(version, question(6, 'pilotlight.v1.LeaseRef'));
    expect(answer.map(([number]) => number)).toEqual([2, 5]);
  });
});

describe('the descriptor index', () => {
  it('answers every import from its own files', () => {
    const index = indexDescriptors([fileDescriptorSet]);
    const files = index.bySymbol('pilotlight.v1.SandboxService') ?? [];
    const imports = files.flatMap((file) => fieldsOf(file).filter(([field]) => field === 3));
    for (const [, name] of imports) expect(index.byFilename(text(name))).toBeDefined();
  });

  it('does not take a package for a symbol', () => {
    expect(indexDescriptors([fileDescriptorSet]).bySymbol('pilotlight.v1')).toBeUndefined();
  });
});
