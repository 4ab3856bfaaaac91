// Durable consumers: batches that are acknowledged when handled. The only file that acknowledges.
import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import type { Msg } from '@nats-io/nats-core';
import { PlatformError } from '@pilotlight/contracts';
import type { ConsumeOptions, Running, StoredMessage } from '../bus.ts';
import { redeliveryDelayMs } from '../redelivery.ts';
import { findConsumer } from './backlog.ts';
import { parseDelivery } from './delivery.ts';
import { pause, retryDelayMs } from './pause.ts';
import { type Pulled, pull } from './pull.ts';
import type { Session } from './session.ts';

const nanosPerMs = 1_000_000;
/** After so long without a word the server gives a message to another reader. */
const ackWaitMs = 30_000;
/** How often a handler that is still at work says so; well within the ack wait. */
const workingEveryMs = ackWaitMs / 3;
/** How long one request waits for a first message. */
const firstWaitMs = 30_000;
/** Messages out at once over all readers of one name; delayed ones count. */
const maxAckPending = 10_000;

const ack = '+ACK';
const working = '+WPI';

/**
 * Creates or updates the consumer, then handles batches, one at a time, until stopped. A bus that
 * is away is waited for. `done` rejects only where the server refuses the consumer for good. Rejects
 * `failed_precondition` where the name is taken by a consumer with another filter.
 */
export async function consumeBatches(session: Session, options: ConsumeOptions): Promise<Running> {
  await ensureConsumer(session, options);
  const stopping = new AbortController();
  const done = run(session, options, AbortSignal.any([stopping.signal, session.closed]));
  // Reported through `done` to whoever awaits it, late or early; nobody has to.
  done.catch(() => undefined);
  return {
    done,
    async stop() {
      stopping.abort();
      await Promise.allSettled([done]);
    },
  };
}

async function run(session: Session, options: ConsumeOptions, stop: AbortSignal): Promise<void> {
  let failures = 0;
  while (!stop.aborted) {
    try {
      const { messages, broken } = await nextBatch(session, options, stop);
      if (messages.length > 0) {
        failures = 0;
        await handleBatch(session, options, messages);
      } else if (broken && !stop.aborted) {
        await pause(retryDelayMs(failures++), stop);
        await session.untilConnected(stop);
        if (!stop.aborted) await ensureConsumer(session, options);
      }
    } catch (thrown) {
      if (!(thrown instanceof PlatformError) || thrown.code !== 'unavailable') throw thrown;
      await pause(retryDelayMs(failures++), stop);
      await session.untilConnected(stop);
    }
  }
}

/**
 * Waits for one message, then takes what is there. Where that is no full batch it waits a little and
 * takes what has come meanwhile: asleep, rather than being woken by each message.
 */
async function nextBatch(
  session: Session,
  options: ConsumeOptions,
  stop: AbortSignal,
): Promise<Pulled> {
  const { stream, durable, batchSize, batchWaitMs } = options;
  const head = await pull(session, { stream, durable, batch: 1, expiresMs: firstWaitMs }, stop);
  let { messages, broken } = head;
  const isShort = () => messages.length > 0 && messages.length < batchSize && !broken;
  const takeMore = async () => {
    const batch = batchSize - messages.length;
    // What has come is kept also where the connection breaks now.
    const more = await pull(session, { stream, durable, batch, expiresMs: 0 }, stop).catch(() => ({
      messages: [],
      broken: true,
    }));
    messages = [...messages, ...more.messages];
    broken = more.broken;
  };
  if (isShort()) await takeMore();
  if (!isShort()) return { messages, broken };
  await pause(batchWaitMs, stop);
  if (!stop.aborted) await takeMore();
  return { messages, broken };
}

/** Never rejects: what the handler throws is the batch's to try again. */
async function handleBatch(
  session: Session,
  options: ConsumeOptions,
  messages: readonly Msg[],
): Promise<void> {
  const stillWorking = setInterval(() => respond(session, messages, () => working), workingEveryMs);
  try {
    await options.handle(messages.map((message) => toStored(options, message)));
    respond(session, messages, () => ack);
  } catch (thrown) {
    session.warn(
      `Consumer ${options.durable} could not handle ${messages.length} message(s), which will come again: ${String(thrown)}`,
    );
    respond(session, messages, notAcknowledged);
  } finally {
    clearInterval(stillWorking);
  }
}

/** While disconnected there is nobody to tell: the message is delivered again after its ack wait. */
function respond(
  session: Session,
  messages: readonly Msg[],
  payload: (message: Msg) => string,
): void {
  if (session.closed.aborted) return;
  for (const message of messages) message.respond(payload(message));
}

function notAcknowledged(message: Msg): string {
  const delayMs = redeliveryDelayMs(parseDelivery(message.reply)?.count ?? 1);
  return `-NAK ${JSON.stringify({ delay: delayMs * nanosPerMs })}`;
}

function toStored(options: ConsumeOptions, message: Msg): StoredMessage {
  const delivery = parseDelivery(message.reply);
  if (delivery === undefined) {
    throw new PlatformError('internal', `No delivery subject: ${message.reply ?? ''}.`);
  }
  return {
    subject: message.subject,
    data: message.data,
    stream: options.stream,
    sequence: delivery.streamSequence,
    storedAt: delivery.storedAt,
  };
}

/** A filter cannot change under a name: 2.9 then signals no new message to the consumer. */
async function ensureConsumer(session: Session, options: ConsumeOptions): Promise<void> {
  const { consumers } = session.manager;
  const { stream, durable, filter = '' } = options;
  const tunable = { ack_wait: ackWaitMs * nanosPerMs, max_ack_pending: maxAckPending };
  const found = await session.call(() => findConsumer(session, stream, durable));
  if (found === undefined) {
    await session.call(() =>
      consumers.add(stream, {
        durable_name: durable,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        max_deliver: -1,
        ...tunable,
        ...(filter === '' ? {} : { filter_subject: filter }),
      }),
    );
    return;
  }
  const { config } = found;
  if ((config.filter_subject ?? '') !== filter) {
    const problem = `Consumer ${durable} of ${stream} reads ${config.filter_subject ?? 'everything'}; a reader of ${filter} needs another name.`;
    throw new PlatformError('failed_precondition', problem);
  }
  if (config.ack_wait !== tunable.ack_wait || config.max_ack_pending !== maxAckPending) {
    await session.call(() => consumers.update(stream, durable, tunable));
  }
}
