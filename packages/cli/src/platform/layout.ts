// Which processes run, and where each listens.
import { PlatformError } from '@pilotlight/contracts';
import { freePorts, isFree, loopback } from './ports.ts';
import { type Instance, type ServiceName, serviceNames } from './services.ts';

export interface LayoutOptions {
  readonly port?: number;
  readonly schedulers?: number;
  readonly executors?: number;
  readonly without?: readonly ('stats-recorder' | 'metrics-collector')[] | undefined;
}

const defaultPort = 50_051;

/** In the order of starting. The first scheduler gets the public port. */
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
  const publicPort = await choosePort(options.port);
  const ports = await freePorts(named.length * 2);
  return named.map(({ service, name }, index) => {
    const isPublic = name === 'scheduler' && publicPort !== undefined;
    return {
      name,
      service,
      rpc: `${loopback}:${isPublic ? publicPort : ports[2 * index]}`,
      ops: `${loopback}:${ports[2 * index + 1]}`,
    };
  });
}

/** Undefined: any. Throws `conflict` where the port that was asked for is taken. */
async function choosePort(wanted: number | undefined): Promise<number | undefined> {
  if (await isFree(wanted ?? defaultPort)) return wanted ?? defaultPort;
  if (wanted === undefined) return undefined;
  throw new PlatformError(
    'conflict',
    `Port ${wanted} is taken. Choose another with --port, or leave it out.`,
  );
}
