// Who is told of alerts: the log, the bus, and whoever has a queue of its own.
import { Alert, alertSeverities, PlatformError, subject, toJsonBytes } from '@pilotlight/contracts';
import type { Bus } from '@pilotlight/messaging';
import type { AlertNews } from '../domain/alerts.ts';

/** Hears every piece of news. Must neither throw nor wait. */
export interface AlertChannel {
  tell(message: Alert, kind: AlertNews['kind']): void;
}

/** One line for each message, as serious as the alert. */
export function logChannel(logger: {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}): AlertChannel {
  return {
    tell({ name, severity, state, summary, remedy, labels, value, threshold }, kind) {
      const fields = { alert: name, severity, state, labels, value, threshold };
      if (kind === 'resolved') logger.info(fields, `alert resolved: ${summary}`);
      else if (severity === 'critical') logger.error({ ...fields, remedy }, `alert: ${summary}`);
      else logger.warn({ ...fields, remedy }, `alert: ${summary}`);
    },
  };
}

/** Publishes on `alert.<severity>.<name>`; asking twice stores once. */
export async function publishAlert(bus: Pick<Bus, 'publish'>, alert: Alert): Promise<void> {
  const severity = alertSeverities.find((known) => known === alert.severity);
  if (severity === undefined) {
    throw new PlatformError('invalid_argument', `No severity: ${alert.severity}.`);
  }
  const messageId = `${alert.alertId}-${alert.state}-${alert.at?.getTime() ?? 0}`;
  const on = subject('alert', { severity, name: alert.name });
  await bus.publish(on, toJsonBytes(Alert, alert), { messageId });
}
