// Tickets: what browsers, which cannot set headers on a WebSocket or an EventSource, put into the address
// instead of a key. Each stands for one key, works once, and for half a minute.
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '@pilotlight/lifecycle';
import type { Bus } from '@pilotlight/messaging';

/** Addresses end up in logs: a ticket there is worth nothing any more. */
export const ticketTtlMs = 30_000;

const used = new TextEncoder().encode('used');

export class Tickets {
  readonly #bus: Bus;
  readonly #clock: Clock;

  constructor(bus: Bus, clock: Clock) {
    this.#bus = bus;
    this.#clock = clock;
  }

  /** Works at every gateway. Rejects `unavailable` while the bus is away. */
  async issue(keyHash: string): Promise<string> {
    const expiresAt = this.#clock.now().getTime() + ticketTtlMs;
    // The time is part of what is hashed: who changes it has another ticket, which nobody issued.
    const ticket = `${expiresAt.toString(36)}-${randomBytes(24).toString('base64url')}`;
    const bucket = await this.#bus.bucket('tickets');
    await bucket.put(hashOf(ticket), Buffer.from(keyHash));
    return ticket;
  }

  /** The hash of the key; undefined for a ticket that is not known, was used or is too old. */
  async redeem(ticket: string): Promise<string | undefined> {
    const expiresAt = Number.parseInt(ticket.split('-', 1)[0] ?? '', 36);
    if (!(expiresAt > this.#clock.now().getTime())) return undefined;
    const bucket = await this.#bus.bucket('tickets');
    const key = hashOf(ticket);
    const entry = await bucket.get(key);
    if (entry === undefined) return undefined;
    const keyHash = Buffer.from(entry.value).toString();
    // Of two who bring the same ticket at once only one changes this revision.
    const isFirst = (await bucket.update(key, used, entry.revision)) !== undefined;
    if (!isFirst || keyHash === 'used') return undefined;
    await bucket.remove(key);
    return keyHash;
  }
}

function hashOf(ticket: string): string {
  return createHash('sha256').update(ticket).digest('hex');
}
