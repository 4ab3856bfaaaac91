// A service's connection to the bus, as its settings say.
import type { Secret } from '@pilotlight/config';
import { type Bus, connectBus } from '@pilotlight/messaging';
import type { ReadinessCheck } from '@pilotlight/telemetry';
import type { ServiceContext } from './run-service.ts';

/** The common settings that say where the bus is and who we are there. */
export interface BusSettings {
  readonly natsUrl: string;
  readonly natsUser?: string | undefined;
  readonly natsPassword?: Secret | undefined;
  readonly instance: string;
}

/** Connects with streams and buckets in place; flushed and closed with the scope. A component: `bus`. */
export async function openBus(settings: BusSettings, context: ServiceContext): Promise<Bus> {
  const { natsUrl, natsUser, natsPassword, instance } = settings;
  const bus = await context.startup.component('bus', () =>
    connectBus({
      servers: natsUrl,
      name: instance,
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
