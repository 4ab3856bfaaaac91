// Alerts as messages, there and back.
import { createHash } from 'node:crypto';
import { Alert, alertSeverities } from '@pilotlight/contracts';
import type { AdoptedAlert, AlertNews } from '../domain/alerts.ts';

/** `at`: of the message. */
export function alertMessage({ kind, alert }: AlertNews, at: Date): Alert {
  const { rule, labels, severity, threshold, beganAt, value, summary } = alert;
  const { name, remedy } = rule;
  const state = kind === 'resolved' ? 'resolved' : 'firing';
  const alertId = idOf(name, labels, beganAt);
  return Alert.create({
    ...{ alertId, name, severity, state, summary, remedy, labels: { ...labels } },
    ...{ value, threshold, beganAt, at },
  });
}

/** Undefined for what no collector writes. */
export function adoptedFrom(message: Alert): AdoptedAlert | undefined {
  const { name, labels, beganAt, value, summary } = message;
  const severity = alertSeverities.find((known) => known === message.severity);
  if (severity === undefined || beganAt === undefined) return undefined;
  return { name, labels, severity, beganAt, value, summary };
}

/** The same for one occurrence, whoever tells of it. */
function idOf(name: string, labels: Readonly<Record<string, string>>, beganAt: Date): string {
  const identity = JSON.stringify([name, Object.entries(labels).toSorted(), beganAt]);
  return createHash('sha256').update(identity).digest('hex').slice(0, 16);
}
