// What the gateway can be told.
import {
  accessSettings,
  integer,
  listenAddress,
  optionalText,
  serviceSettings,
  settings,
  text,
} from '@pilotlight/config';

export const configSchema = settings({
  ...serviceSettings,
  ...accessSettings,
  httpAddress: listenAddress({
    description: 'Where REST, WebSocket and pages are served; port 0 takes a free one.',
    default: '127.0.0.1:8080',
  }),
  schedulerAddress: text({
    description: 'host:port of schedulers, with commas between.',
    default: '127.0.0.1:7401',
  }),
  poolAddress: text({
    description: 'host:port of pool-managers, with commas between.',
    default: '127.0.0.1:7402',
  }),
  statsAddress: text({
    description: 'host:port of stats-recorders, with commas between.',
    default: '127.0.0.1:7403',
  }),
  corsOrigins: optionalText({
    description:
      'Origins whose pages may call the API, with commas between or as a JSON array, or *; unless set, none but its own.',
  }),
  httpTlsCert: optionalText({
    description:
      'File with the certificate (PEM) of HTTPS, which then brings HTTP/2; unless set, plain HTTP.',
  }),
  httpTlsKey: optionalText({ description: 'File with the private key (PEM) to httpTlsCert.' }),
  pagesDir: optionalText({
    description: 'Folder of the built pages; unless set, none are served.',
  }),
  cacheMemoryMb: integer({
    description:
      'Most memory of the caches in MB: 60 % for results, 30 % for metadata, 10 % for routing. A cluster has 1024.',
    default: 32,
    min: 1,
    max: 65_536,
  }),
  cacheDir: optionalText({
    description: 'Folder of the caches on disk; unless set, they are in memory only.',
  }),
  cacheDiskMb: integer({
    description: 'Most that the caches keep on disk, in MB. A cluster has 10240.',
    default: 256,
    min: 1,
    max: 1_048_576,
  }),
  maxConnections: integer({
    description: 'Connections that may be open at once.',
    default: 10_000,
    min: 1,
    max: 1_000_000,
  }),
});
