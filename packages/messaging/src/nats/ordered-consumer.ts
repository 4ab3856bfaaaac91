// One ephemeral push consumer: made on the server, its messages queued here under the server's
// flow control, given up when the server goes silent or the connection breaks.
import { AckPolicy, type ConsumerConfig, DeliverPolicy, ReplayPolicy } from '@nats-io/jetstream';
import { type Msg, nuid, type Subscription } from '@nats-io/nats-core';
import { wholeStream } from '@pilotlight/contracts';
import type { Session } from './session.ts';

const nanosPerMs = 1_000_000;
/** The server says that it is there when it has nothing else to say. Two misses end a consumer. */
const heartbeatMs = 5_000;
/** How long the server keeps a consumer that nobody listens to. */
const inactiveMs = 30_000;

const lastConsumerHeader = 'Nats-Last-Consumer';
const stalledHeader = 'Nats-Consumer-Stalled';

/** What to read: a stream, one filter string, and the first sequence number wanted. */
export interface OrderedSource {
  readonly stream: string;
  readonly filter: string;
  readonly from: number;
}

/** What a status message of the server says. */
export interface Standing {
  /** Number of messages that the server has sent so far; 0 where it does not say. */
  readonly lastDelivered: number;
  /** The server has nothing to send. */
  readonly idle: boolean;
}

/** Listens from the moment it is made, so that nothing is missed; `create` has the server send. */
export class OrderedConsumer {
  readonly #session: Session;
  readonly #source: OrderedSource;
  readonly #ended: AbortSignal;
  readonly #name = nuid.next();
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #stopListening: () => void;
  readonly #silence: NodeJS.Timeout;
  #queue: Msg[] = [];
  #lastHeard = performance.now();
  #created = false;
  #broken = false;
  #wake = (): void => {};

  constructor(session: Session, source: OrderedSource, ended: AbortSignal) {
    this.#session = session;
    this.#source = source;
    this.#ended = ended;
    this.#inbox = session.newInbox();
    this.#subscription = session.connection.subscribe(this.#inbox, {
      callback: (error, message) => this.#receive(error, message),
    });
    this.#stopListening = session.onStatus(this.#giveUp);
    ended.addEventListener('abort', this.#giveUp);
    this.#silence = setInterval(() => {
      if (performance.now() - this.#lastHeard > 2.5 * heartbeatMs) this.#giveUp();
    }, heartbeatMs);
  }

  /** Makes the consumer. True where nothing is stored for it yet. */
  async create(): Promise<boolean> {
    const { consumers } = this.#session.manager;
    const config = this.#config();
    const info = await this.#session.call(() => consumers.add(this.#source.stream, config));
    this.#created = true;
    return info.num_pending === 0 && info.delivered.consumer_seq === 0;
  }

  /** Messages and status messages as they came in. Ends when the consumer is given up. */
  async *batches(): AsyncGenerator<readonly Msg[]> {
    while (!this.#broken) {
      if (this.#queue.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      const batch = this.#queue;
      this.#queue = [];
      yield batch;
    }
  }

  /** Answers a status message, which lets the server send on. Call it in the message's turn. */
  answer(status: Msg): Standing {
    if (status.headers?.code === 409) this.#giveUp();
    const stalled = status.headers?.get(stalledHeader) ?? '';
    const askedOn = status.reply === undefined || status.reply === '' ? stalled : status.reply;
    const { connection, status: busStatus } = this.#session;
    if (askedOn !== '' && busStatus === 'connected') connection.publish(askedOn);
    const last = status.headers?.get(lastConsumerHeader) ?? '';
    return { lastDelivered: Number(last), idle: last !== '' && askedOn === '' };
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.#silence);
    this.#stopListening();
    this.#ended.removeEventListener('abort', this.#giveUp);
    this.#subscription.unsubscribe();
    if (!this.#created) return;
    this.#created = false;
    const { consumers } = this.#session.manager;
    // Only to be tidy: the server removes it by itself when nobody has listened for a while.
    this.#session
      .call(() => consumers.delete(this.#source.stream, this.#name))
      .catch(() => undefined);
  }

  #receive(error: Error | null, message: Msg): void {
    if (error !== null) {
      this.#giveUp();
      return;
    }
    this.#lastHeard = performance.now();
    this.#queue.push(message);
    this.#wake();
  }

  readonly #giveUp = (): void => {
    this.#broken = true;
    this.#wake();
  };

  #config(): Partial<ConsumerConfig> {
    return {
      name: this.#name,
      deliver_subject: this.#inbox,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#source.from,
      // Servers before 2.10 take no filter that is wider than one of the stream's subjects.
      ...(this.#source.filter !== wholeStream && { filter_subject: this.#source.filter }),
      ack_policy: AckPolicy.None,
      replay_policy: ReplayPolicy.Instant,
      max_deliver: 1,
      mem_storage: true,
      num_replicas: 1,
      flow_control: true,
      idle_heartbeat: heartbeatMs * nanosPerMs,
      inactive_threshold: inactiveMs * nanosPerMs,
    };
  }
}
