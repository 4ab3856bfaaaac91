// The standard health checking service, grpc.health.v1.
import { setTimeout as sleep } from 'node:timers/promises';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { PlatformError } from '@pilotlight/contracts';
import { type BoundService, bind } from './bind.ts';

const serving = 1;
const notServing = 2;
const serviceUnknown = 3;

interface CheckRequest {
  readonly service: string;
}

interface CheckResponse {
  readonly status: number;
}

const requestType = {
  encode: (message: CheckRequest) => new BinaryWriter().uint32(10).string(message.service),
  decode(input: Uint8Array): CheckRequest {
    const reader = new BinaryReader(input);
    let service = '';
    while (reader.pos < reader.len) {
      const [field, wire] = reader.tag();
      if (field === 1) service = reader.string();
      else reader.skip(wire, field);
    }
    return { service };
  },
  fromPartial: ({ service = '' }: Partial<CheckRequest>): CheckRequest => ({ service }),
};

const responseType = {
  encode: (message: CheckResponse) => new BinaryWriter().uint32(8).int32(message.status),
  decode(input: Uint8Array): CheckResponse {
    const reader = new BinaryReader(input);
    let status = 0;
    while (reader.pos < reader.len) {
      const [field, wire] = reader.tag();
      if (field === 1) status = reader.int32();
      else reader.skip(wire, field);
    }
    return { status };
  },
  fromPartial: ({ status = 0 }: Partial<CheckResponse>): CheckResponse => ({ status }),
};

export const healthDefinition = {
  fullName: 'grpc.health.v1.Health',
  methods: {
    check: {
      name: 'Check',
      requestType,
      requestStream: false,
      responseType,
      responseStream: false,
    },
    watch: { name: 'Watch', requestType, requestStream: false, responseType, responseStream: true },
  },
} as const;

const watchEveryMs = 1_000;

/** Answers for the server as a whole (the empty name) and for each of its services alike. */
export function healthService(
  services: readonly string[],
  healthy: () => boolean,
  closing: AbortSignal,
): BoundService {
  const isKnown = (service: string) => service === '' || services.includes(service);
  const current = () => (healthy() ? serving : notServing);
  return bind(healthDefinition, {
    async check({ service }) {
      if (isKnown(service)) return { status: current() };
      throw new PlatformError('not_found', `There is no service "${service}".`);
    },
    async *watch({ service }, { signal }) {
      let last: number | undefined;
      const either = AbortSignal.any([signal, closing]);
      while (!signal.aborted) {
        const status = isKnown(service) ? current() : serviceUnknown;
        if (status !== last) yield { status };
        last = status;
        if (closing.aborted) return;
        // Rejects when the watch or the server ends, which the loop then sees.
        await sleep(watchEveryMs, undefined, { signal: either, ref: false }).catch(() => undefined);
      }
    },
  });
}
