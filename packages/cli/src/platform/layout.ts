// Which processes run, and where each listens.
import { PlatformError } from '@pilotlight/contracts';
import { freePorts, isFree, loopback } from './ports.ts';
import { type Instance, type ServiceName, serviceNames } from './services.ts';

export interface LayoutOptions {
  readonly port?: number;
  /** Of the gateway; by default 8080 where it is free, else any. */
  readonly httpPort?: number;
  readonly schedulers?: number;
  readonly executors?: number;
  readonly without?: readonly ('stats-recorder' | 'metrics-collector')[] | undefined;
}

const defaultPorts = { port: 50_051, httpPort: 8_080 } as const;

/** In the order of starting. The first scheduler and the gateway get the public ports. */
export async function layOut(options: LayoutOptions): Promise<Instance[]> {
  const counts = { scheduler: options.schedulers, executor: options.executors };
  const left: readonly ServiceName[] = options.without ?? [];
  const wanted = serviceNames.filter((service) => !left.includes(service));
  const named = wanted.flatMap((service) => {
    const count = service === 'scheduler' || service === 'executor' ? counts[service] : 1;
    return Array.from({ length: count ?? 1 }, (_, index) => ({
      service,
      name: index === 0 ? service : `${service}-${index + 1}`,
    }));
  });
  const publicPorts: Partial<Record<string, number | undefined>> = {
    scheduler: await choosePort(options, 'port'),
    gateway: await choosePort(options, 'httpPort'),
  };
  const ports = await freePorts(named.length * 2);
  return named.map(({ service, name }, index) => {
    return {
      name,
      service,
      rpc: `${loopback}:${publicPorts[name] ?? ports[2 * index]}`,
      ops: `${loopback}:${ports[2 * index + 1]}`,
    };
  });
}

/** Undefined: any. Throws `conflict` where the port that was asked for is taken. */
async function choosePort(
  options: LayoutOptions,
  which: keyof typeof defaultPorts,
): Promise<number | undefined> {
  const wanted = options[which];
  if (await isFree(wanted ?? defaultPorts[which])) return wanted ?? defaultPorts[which];
  if (wanted === undefined) return undefined;
  const option = which === 'port' ? '--port' : '--http-port';
  throw new PlatformError(
    'conflict',
    `Port ${wanted} is taken. Choose another with ${option}, or leave it out.`,
  );
}
