// What the tests of a bus share: names that nobody else uses, and bytes.
import { randomBytes } from 'node:crypto';
import { type Subject, subject } from '@pilotlight/contracts';

/** A token that no other test uses, so that tests can share one bus. */
export function unique(): string {
  return randomBytes(8).toString('hex');
}

/** Text as the bytes of a message. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The bytes of a message as text. */
export function text(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

/** An event subject of its own for each test, kept by SANDBOX_EVENTS. */
export function eventSubject(template: string): Subject {
  return subject('sandboxEvent', { type: 'ready', template });
}

/** The first `count` items; ends the iteration. */
export async function take<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) {
    taken.push(item);
    if (taken.length >= count) break;
  }
  return taken;
}
