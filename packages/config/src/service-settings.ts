// The settings that services have in common. A service spreads them into its own schema.
import { hostname } from 'node:os';
import * as v from 'valibot';
import {
  choice,
  flag,
  listenAddress,
  optionalSecret,
  optionalText,
  secret,
  text,
} from './settings.ts';
import { natsTlsSettings, tlsSettings } from './tls.ts';

const instancePattern = /^[A-Za-z0-9-]{1,32}$/;

/** This host and process in the characters that a name may have; unique among living processes. */
function defaultInstance(): string {
  const suffix = `-${process.pid}`;
  const host = hostname().replaceAll(/[^A-Za-z0-9-]+/g, '-');
  return `${host.slice(0, 32 - suffix.length)}${suffix}`;
}

/** What `runService` itself reads. */
export const processSettings = {
  logLevel: choice(['debug', 'info', 'warn', 'error'], {
    description: 'The least serious log lines to write.',
    default: 'info',
  }),
  supervised: flag({
    description:
      'Stdin is held open by a supervisor, and its end means that the supervisor is gone.',
    default: false,
  }),
};

/** Every service has these. */
export const serviceSettings = {
  ...processSettings,
  natsUrl: text({
    description: 'NATS servers to connect to, separated by commas.',
    default: 'nats://127.0.0.1:4222',
  }),
  natsUser: optionalText({ description: 'User name for NATS.' }),
  natsPassword: optionalSecret({ description: 'Password for NATS.' }),
  ...natsTlsSettings,
  ...tlsSettings,
  opsAddress: listenAddress({
    description: 'Where /metrics, /livez and /readyz are served; port 0 takes a free one.',
    default: '127.0.0.1:0',
  }),
  /** Names this process as a leader, a node or a consumer. */
  instance: v.pipe(
    v.optional(
      v.pipe(v.string(), v.regex(instancePattern, 'must be 1 to 32 letters, digits or "-"')),
      defaultInstance,
    ),
    v.description('Name of this instance; unless set, made of host name and process id.'),
  ),
};

/** Where a service's own gRPC server listens. */
export function rpcAddress(defaultAddress = '127.0.0.1:0') {
  return listenAddress({
    description: 'Where the gRPC server listens; port 0 takes a free one.',
    default: defaultAddress,
  });
}

/** For those who serve or call NodeService: whoever has it drives containers. */
export const nodeToken = secret({
  description:
    'Shared by schedulers, pool-managers and executors; every NodeService call carries it.',
});

/** For those who are called with API keys, and those who act for the holders of keys. */
export const accessSettings = {
  serviceToken: secret({
    description:
      'Shared by gateways and the services that they call: who has it may act for the holder of any API key.',
  }),
  adminKeyHash: v.pipe(
    v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits'))),
    v.description(
      'SHA-256 in hex of an admin key that works from the start, without any database.',
    ),
  ),
};
