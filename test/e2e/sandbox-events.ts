// What was told about one sandbox on the bus.
import { fromJsonBytes, SandboxEvent, subjectFilter } from '@pilotlight/contracts';
import type { Bus } from '@pilotlight/messaging';

/** The first event that is like this one, past or coming. */
export async function eventLike(bus: Bus, wanted: Partial<SandboxEvent>): Promise<SandboxEvent> {
  const stop = new AbortController();
  const filter = subjectFilter('sandboxEvent');
  const fields = Object.entries(wanted) as [keyof SandboxEvent, unknown][];
  for await (const { data } of bus.follow('SANDBOX_EVENTS', filter, 'first', stop.signal)) {
    const event = fromJsonBytes(SandboxEvent, data);
    if (!fields.every(([field, value]) => event[field] === value)) continue;
    stop.abort();
    return event;
  }
  throw new Error('The events ended.');
}

/** The event of one type about one sandbox, past or coming. */
export function eventOf(bus: Bus, sandboxId: string, type: string): Promise<SandboxEvent> {
  return eventLike(bus, { sandboxId, type });
}
