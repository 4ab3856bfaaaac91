// A service's connection to the bus, as its settings say.
import { natsTlsOf, type Secret } from '@pilotlight/config';
import type { BusUser } from '@pilotlight/contracts';
import { type Bus, connectBus } from '@pilotlight/messaging';
import type { ReadinessCheck } from '@pilotlight/telemetry';
import type { ServiceContext } from './run-service.ts';

/** The common settings that say where the bus is and who we are there. */
export interface BusSettings {
  readonly natsUrl: string;
  readonly natsUser?: string | undefined;
  readonly natsPassword?: Secret | undefined;
  readonly natsTlsCa?: string | undefined;
  readonly natsTlsCert?: string | undefined;
  readonly natsTlsKey?: string | undefined;
  readonly instance: string;
}

/**
 * Connects as one of the contracts' table, with the streams and buckets that it needs in place; flushed
 * and closed with the scope. A component: `bus`.
 */
export async function openBus(
  settings: BusSettings,
  context: ServiceContext,
  role: BusUser,
): Promise<Bus> {
  const { natsUrl, natsUser, natsPassword, instance } = settings;
  const bus = await context.startup.component('bus', () =>
    connectBus({
      servers: natsUrl,
      name: instance,
      role,
      tls: natsTlsOf(settings),
      warn: (message) => context.logger.warn(message),
      ...(natsUser !== undefined && { user: natsUser }),
      ...(natsPassword !== undefined && { password: natsPassword.reveal() }),
    }),
  );
  context.scope.defer('bus', () => bus.close());
  return bus;
}

/** Whether the bus can be used now. */
export function busCheck(bus: Pick<Bus, 'status'>): ReadinessCheck {
  if (bus.status === 'connected') return { name: 'bus', ok: true };
  return { name: 'bus', ok: false, reason: 'NATS is not connected' };
}
