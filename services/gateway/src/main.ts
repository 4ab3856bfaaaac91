// The gateway: REST, WebSocket, the Piston dialect and the pages. Talks gRPC and NATS only.
import { readFile } from 'node:fs/promises';
import { authenticator, openKeys, RateLimits } from '@pilotlight/access';
import { loadConfig, tlsOf } from '@pilotlight/config';
import {
  busCheck,
  openBus,
  runService,
  type ServiceContext,
  systemClock,
  together,
} from '@pilotlight/lifecycle';
import type { Bus } from '@pilotlight/messaging';
import { serveOps } from '@pilotlight/telemetry';
import packageJson from '../package.json' with { type: 'json' };
import { openCaches } from './adapters/open-caches.ts';
import { connectPlatform } from './adapters/platform.ts';
import { createServer } from './api/server.ts';
import type { HttpSettings } from './api/transport.ts';
import { ResultFeed } from './app/result-feed.ts';
import { configSchema } from './config.ts';

await runService('gateway', async (context) => {
  const { logger, metrics, scope, startup } = context;
  const config = await startup.component('configuration', () => loadConfig(configSchema));
  const bus = await openBus(config, context, 'gateway');
  const serviceToken = config.serviceToken.reveal();
  const { platform, close } = connectPlatform(config, {
    token: serviceToken,
    tls: tlsOf(config),
  });
  scope.defer('connections to the services', close);
  const [apiKeys, { caches, catalogue }] = await together(
    openKeys(bus, config, context),
    openCaches({ bus, platform, config }, context),
  );
  const results = followResults(bus, context);
  const app = await startup.component('http', async () => {
    const server = await createServer(
      {
        ...{ platform, bus, logger, metrics, clock: systemClock, version: packageJson.version },
        ...{ caches, catalogue, results },
        pagesDir: config.pagesDir,
        authenticate: authenticator(apiKeys, serviceToken),
        rates: new RateLimits(),
        keys: apiKeys,
        corsOrigins: originsFrom(config.corsOrigins),
      },
      { maxConnections: config.maxConnections, tls: await tlsFrom(config) },
    );
    await server.listen(listenOptions(config.httpAddress));
    return server;
  });
  scope.defer('HTTP server', () => app.close());
  const ops = await startup.component('ops', () =>
    serveOps({
      address: config.opsAddress,
      metrics,
      ready: () => ({ checks: [busCheck(bus)] }),
    }),
  );
  scope.defer('ops server', () => ops.close());
  logger.info({ http: app.listeningOrigin, ops: ops.address }, 'serving');
});

/** Until the scope closes: after the server, which has callers who wait. */
function followResults(bus: Bus, { logger, scope }: ServiceContext): ResultFeed {
  const results = new ResultFeed(bus, systemClock, logger);
  const ended = new AbortController();
  const following = results.follow(ended.signal);
  scope.defer('results', () => {
    ended.abort();
    return following;
  });
  return results;
}

/** With commas between, or a JSON array as seed 001 writes it. */
function originsFrom(text = ''): string[] {
  const list = text.trim().startsWith('[') ? (JSON.parse(text) as unknown[]) : text.split(',');
  return list.flatMap((origin) => String(origin).trim() || []);
}

async function tlsFrom(config: {
  readonly httpTlsCert?: string | undefined;
  readonly httpTlsKey?: string | undefined;
}): Promise<HttpSettings['tls']> {
  const { httpTlsCert, httpTlsKey } = config;
  if (httpTlsCert === undefined && httpTlsKey === undefined) return undefined;
  if (httpTlsCert === undefined || httpTlsKey === undefined) {
    throw new Error('HTTPS needs both a certificate and its key.');
  }
  return { cert: await readFile(httpTlsCert), key: await readFile(httpTlsKey) };
}

function listenOptions(address: string): { host: string; port: number } {
  const { hostname, port } = new URL(`http://${address}`);
  return { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port || 80) };
}
