// Server reflection, by which tools such as grpcurl call a server without its .proto files. Older
// tools ask for v1alpha, newer ones for v1; both are served.
import { status } from '@grpc/grpc-js';
import { fileDescriptorSet } from '@pilotlight/contracts';
import { type BoundService, bind } from './bind.ts';
import { type DescriptorIndex, indexDescriptors } from './descriptors.ts';
import {
  type ReflectionRequest,
  type ReflectionResponse,
  reflectionRequestType,
  reflectionResponseType,
} from './reflection-messages.ts';
import { standardDescriptorSet } from './standard-descriptors.ts';

const versions = ['v1', 'v1alpha'] as const;

const definitionOf = (version: (typeof versions)[number]) =>
  ({
    fullName: `grpc.reflection.${version}.ServerReflection`,
    methods: {
      serverReflectionInfo: {
        name: 'ServerReflectionInfo',
        requestType: reflectionRequestType,
        requestStream: true,
        responseType: reflectionResponseType,
        responseStream: true,
      },
    },
  }) as const;

/** Describes `services` and, beside them, health checking and reflection itself. */
export function reflectionServices(services: readonly string[]): BoundService[] {
  const definitions = versions.map(definitionOf);
  const own = ['grpc.health.v1.Health', ...definitions.map((definition) => definition.fullName)];
  const names = [...services, ...own].toSorted();
  let index: DescriptorIndex | undefined;
  const descriptors = () => {
    // Made when first asked for: most servers never are.
    index ??= indexDescriptors([fileDescriptorSet, standardDescriptorSet]);
    return index;
  };
  return definitions.map((definition) =>
    bind(definition, {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) yield answer(request, names, descriptors());
      },
    }),
  );
}

function answer(
  { query, original }: ReflectionRequest,
  names: readonly string[],
  index: DescriptorIndex,
): ReflectionResponse {
  switch (query.kind) {
    case 'list':
      return { kind: 'services', names, original };
    case 'filename':
      return filesOr(index.byFilename(query.name), query.name, original);
    case 'symbol':
      return filesOr(index.bySymbol(query.name), query.name, original);
    case 'extensions_of':
      return { kind: 'no_extensions', type: query.name, original };
    case 'unknown': {
      const message = 'The contracts have no extensions.';
      return { kind: 'error', status: status.NOT_FOUND, message, original };
    }
  }
}

function filesOr(
  files: Uint8Array[] | undefined,
  name: string,
  original: Uint8Array,
): ReflectionResponse {
  if (files !== undefined) return { kind: 'files', files, original };
  const message = `There is no "${name}" here.`;
  return { kind: 'error', status: status.NOT_FOUND, message, original };
}
