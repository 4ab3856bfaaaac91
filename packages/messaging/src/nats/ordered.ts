// Reads a stream in order and without gaps, for as long as the reader likes: one ephemeral push
// consumer after another, each beginning after the last message that was handed over.
import type { Msg } from '@nats-io/nats-core';
import { PlatformError } from '@pilotlight/contracts';
import { type Delivery, parseDelivery } from './delivery.ts';
import { OrderedConsumer, type OrderedSource } from './ordered-consumer.ts';
import { pause, retryDelayMs } from './pause.ts';
import type { Session } from './session.ts';

/** About five seconds of trying while the server says that it is up. */
const failuresWorthAWord = 10;

/** A message in its turn, or that everything stored so far has been handed over. */
export type OrderedEvent =
  | { readonly kind: 'message'; readonly message: Msg; readonly delivery: Delivery }
  | { readonly kind: 'caught_up' };

/**
 * Messages with growing sequence numbers, which begin again at 1 where the server lost its store.
 * `caught_up` comes whenever nothing more is stored, and may come more than once. Survives
 * reconnects and restarts of the server, for which it waits for ever; ends when `signal` is
 * aborted or the connection closed. Throws only what trying again does not mend, such as a filter
 * that the server refuses.
 */
export async function* readInOrder(
  session: Session,
  source: OrderedSource,
  signal: AbortSignal,
): AsyncGenerator<OrderedEvent> {
  const ended = AbortSignal.any([signal, session.closed]);
  let from = source.from;
  let failures = 0;
  /** When the stream was made: another time is another stream, which counts from 1 again. */
  let born: string | undefined;
  while (!ended.aborted) {
    await session.untilConnected(ended);
    try {
      const { created } = await session.call(() => session.manager.streams.info(source.stream));
      if (born !== undefined && born !== created) from = 1;
      born = created;
      for await (const event of readOnce(session, { ...source, from }, ended)) {
        failures = 0;
        if (event.kind === 'message') from = event.delivery.streamSequence + 1;
        yield event;
      }
    } catch (thrown) {
      if (!(thrown instanceof PlatformError) || thrown.code !== 'unavailable') throw thrown;
      failures += 1;
      if (failures === failuresWorthAWord) {
        session.warn(`Reading ${source.stream} waits for the bus: ${thrown.message}`);
      }
      await pause(retryDelayMs(failures), ended);
    }
  }
}

/** Ends where the consumer broke, and the next one has to go on. */
async function* readOnce(
  session: Session,
  source: OrderedSource,
  ended: AbortSignal,
): AsyncGenerator<OrderedEvent> {
  const incoming = new OrderedConsumer(session, source, ended);
  let expected = 1;
  try {
    if (await incoming.create()) yield { kind: 'caught_up' };
    for await (const batch of incoming.batches()) {
      for (const message of batch) {
        if (ended.aborted) return;
        const delivery = parseDelivery(message.reply);
        if (delivery === undefined) {
          const standing = incoming.answer(message);
          if (standing.lastDelivered >= expected) return;
          if (standing.idle) yield { kind: 'caught_up' };
          continue;
        }
        if (delivery.consumerSequence !== expected) return;
        expected += 1;
        yield { kind: 'message', message, delivery };
        if (delivery.pending === 0) yield { kind: 'caught_up' };
      }
    }
  } finally {
    incoming.close();
  }
}
