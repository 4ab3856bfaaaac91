// A service's connection to the bus, as its settings say.
import type { Secret } from '@pilotlight/config';
import { type Bus, connectBus } from '@pilotlight/messaging';
import type { ServiceContext } from './run-service.ts';

/** The common settings that say where the bus is and who we are there. */
export interface BusSettings {
  readonly natsUrl: string;
  readonly natsUser?: string | undefined;
  readonly natsPassword?: Secret | undefined;
  readonly instance: string;
}

/** Connects with streams and buckets in place; flushed and closed with the scope. */
export async function openBus(settings: BusSettings, context: ServiceContext): Promise<Bus> {
  const { natsUrl, natsUser, natsPassword, instance } = settings;
  const bus = await connectBus({
    servers: natsUrl,
    name: instance,
    warn: (message) => context.logger.warn(message),
    ...(natsUser !== undefined && { user: natsUser }),
    ...(natsPassword !== undefined && { password: natsPassword.reveal() }),
  });
  context.scope.defer('bus', () => bus.close());
  return bus;
}
