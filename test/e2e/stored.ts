// What the streams hold of one execution, of whichever attempt.
import {
  fromJsonBytes,
  OutputChunk,
  SandboxEvent,
  type StreamName,
  subject,
  subjectFilter,
} from '@pilotlight/contracts';
import type { Bus, FollowedMessage } from '@pilotlight/messaging';

/** Every chunk of output, in the order of the stream. */
export async function storedOutput(bus: Bus, id: string): Promise<OutputChunk[]> {
  const messages = await everything(bus, 'EXEC_OUTPUT', subject('executionOutput', { id }));
  return messages.map(({ data }) => fromJsonBytes(OutputChunk, data));
}

/** What all attempts together wrote. */
export async function storedText(bus: Bus, id: string): Promise<string> {
  const chunks = await storedOutput(bus, id);
  return Buffer.concat(chunks.map(({ data }) => data)).toString();
}

/** Ids of the sandboxes that were ever given to it: one for each time that it was begun. */
export async function sandboxesOf(bus: Bus, id: string): Promise<string[]> {
  const filter = subjectFilter('sandboxEvent', { type: 'leased' });
  const messages = await everything(bus, 'SANDBOX_EVENTS', filter);
  return messages
    .map(({ data }) => fromJsonBytes(SandboxEvent, data))
    .filter(({ executionId }) => executionId === id)
    .map(({ sandboxId }) => sandboxId);
}

async function everything(bus: Bus, stream: StreamName, filter: string) {
  const messages: FollowedMessage[] = [];
  if ((await bus.count(stream, filter)).size === 0) return messages;
  const stop = new AbortController();
  for await (const message of bus.follow(stream, filter, 'first', stop.signal)) {
    messages.push(message);
    if (message.pending === 0) stop.abort();
  }
  return messages;
}
