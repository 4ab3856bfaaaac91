// The alerts of the last days as the stream has them.
import { Alert, fromJsonBytes, subjectFilter } from '@pilotlight/contracts';
import type { Bus } from '@pilotlight/messaging';

/** One that goes on is told every five minutes; after two of them nobody tells any more. */
const silentAfterMs = 11 * 60_000;

/** What is said of an alert now. `silent`: it fired, and whoever told of it is gone. */
export type AlertStanding = 'firing' | 'silent' | 'resolved';

export function standingOf({ state, at }: Alert, now: Date): AlertStanding {
  if (state === 'resolved') return 'resolved';
  return now.getTime() - (at?.getTime() ?? 0) > silentAfterMs ? 'silent' : 'firing';
}

/** The last message of each alert; those that fire first, then the newest. */
export function latestOf(messages: readonly Alert[], now: Date): Alert[] {
  const last = new Map(messages.map((message) => [message.alertId, message]));
  const rank = (alert: Alert) => (standingOf(alert, now) === 'firing' ? 1 : 0);
  return [...last.values()].toSorted(
    (a, b) => rank(b) - rank(a) || (b.at?.getTime() ?? 0) - (a.at?.getTime() ?? 0),
  );
}

export type AlertBus = Pick<Bus, 'oldest' | 'follow'>;

/** Every message that is kept, and with `live` each one that comes, as they were published. */
export async function* alertMessages(
  bus: AlertBus,
  options: { readonly live: boolean; readonly signal: AbortSignal },
): AsyncGenerator<{ readonly alert: Alert; readonly pending: number }> {
  const filter = subjectFilter('alert');
  if (!options.live && (await bus.oldest('ALERTS', filter)) === undefined) return;
  for await (const { data, pending } of bus.follow('ALERTS', filter, 'first', options.signal)) {
    yield { alert: fromJsonBytes(Alert, data), pending };
    if (pending === 0 && !options.live) return;
  }
}
