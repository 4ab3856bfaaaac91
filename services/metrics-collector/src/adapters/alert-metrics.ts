// Alerts as metrics, and what they are decided by. Series of alerts that do not fire are 0, not absent.
import { alertSeverities } from '@pilotlight/contracts';
import type { Metrics } from '@pilotlight/telemetry';
import type { AlertChannel } from '../app/alert-channels.ts';
import type { AlertInstruments } from '../app/alerting.ts';
import type { DeliveryOutcome } from '../app/delivery-queue.ts';
import type { AlertRule } from '../domain/alert-rule.ts';

export interface AlertMetrics extends AlertInstruments, AlertChannel {
  /** Counts the outcomes of a channel. */
  deliveries(channel: string): (outcome: DeliveryOutcome) => void;
}

/** Registers every metric; throws where one is registered already. */
export function alertMetrics(metrics: Metrics, rules: readonly AlertRule[]): AlertMetrics {
  const firing = metrics.gauge(
    'pilotlight_alerts_firing',
    'Alerts that fire, as decided by the collector that leads',
    ['name', 'severity'],
  );
  const told = metrics.counter(
    'pilotlight_alerts_total',
    'Alerts that began or changed their severity (firing), or ended (resolved)',
    ['name', 'severity', 'state'],
  );
  const delivered = metrics.counter(
    'pilotlight_alert_deliveries_total',
    'Alerts by channel and outcome; retried counts tries',
    ['channel', 'outcome'],
  );
  const showNone = () => {
    for (const { name } of rules) {
      for (const severity of alertSeverities) firing.set({ name, severity }, 0);
    }
  };
  showNone();
  return {
    ...backlogMetrics(metrics),
    firing(alerts) {
      showNone();
      for (const { rule, severity } of alerts) firing.inc({ name: rule.name, severity });
    },
    tell({ name, severity, state }, kind) {
      if (kind !== 'repeated') told.inc({ name, severity, state });
    },
    deliveries: (channel) => (outcome) => delivered.inc({ channel, outcome }),
  };
}

function backlogMetrics(metrics: Metrics): Pick<AlertMetrics, 'backlog'> {
  const ages = metrics.gauge(
    'pilotlight_queue_oldest_age_seconds',
    'Age of the oldest request of a queue, until its result is stored; 0 where there is none',
    ['queue'],
  );
  const lag = metrics.gauge(
    'pilotlight_event_lag',
    'Messages that are stored and that a consumer has not handled yet',
    ['consumer'],
  );
  return {
    backlog({ queueAges, consumers }) {
      for (const { queue, oldestSeconds } of queueAges) ages.set({ queue }, oldestSeconds);
      for (const { consumer, pending } of consumers) lag.set({ consumer }, pending);
    },
  };
}
