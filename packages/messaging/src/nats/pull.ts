// One pull request on a durable consumer: so many messages, within so long.
import type { Msg } from '@nats-io/nats-core';
import { disconnected } from './errors.ts';
import type { Session } from './session.ts';

const nanosPerMs = 1_000_000;
/** How much later than the request's own end the server may say so before we stop believing. */
const graceMs = 2_000;

export interface PullRequest {
  readonly stream: string;
  readonly durable: string;
  readonly batch: number;
  /** 0 takes only what is there now. */
  readonly expiresMs: number;
}

/** What one request brought. */
export interface Pulled {
  readonly messages: readonly Msg[];
  /** The consumer did not answer as one that is well: it is gone, moving, or the server is. */
  readonly broken: boolean;
}

const noMessages = 404;
const requestExpired = 408;

/**
 * Resolves when the batch is full or the request has ended on the server, so that no message is
 * sent to a reader who has gone. Ends early when `signal` is aborted, with what was on its way by then,
 * and when the connection breaks; a message on its way then is delivered again after its ack wait.
 */
export function pull(session: Session, request: PullRequest, signal: AbortSignal): Promise<Pulled> {
  const { connection } = session;
  if (session.status === 'disconnected') return Promise.reject(disconnected());
  if (signal.aborted) return Promise.resolve({ messages: [], broken: false });
  const { stream, durable, batch, expiresMs } = request;
  const asking = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`;
  return new Promise((resolve, reject) => {
    const messages: Msg[] = [];
    const tidy = (): void => {
      clearTimeout(timer);
      stopListening();
      stopHearing();
      signal.removeEventListener('abort', stop);
      subscription.unsubscribe();
    };
    const end = (broken: boolean): void => {
      tidy();
      resolve({ messages, broken });
    };
    // The server has heard by then that nobody listens any more, and what it had sent has come.
    const stop = (): void =>
      void subscription.drain().then(
        () => end(false),
        () => end(true),
      );
    const subscription = connection.subscribe(session.newInbox(), {
      callback: (error, message) => {
        if (error !== null) return end(true);
        const code = message.reply?.startsWith('$JS.ACK.') ? 0 : (message.headers?.code ?? 0);
        if (code !== 0) return end(code !== noMessages && code !== requestExpired);
        messages.push(message);
        if (messages.length === batch) end(false);
      },
    });
    const timer = setTimeout(() => end(true), expiresMs + graceMs);
    const stopListening = session.onStatus(() => end(true));
    const stopHearing = session.onDenied((subject, error) => {
      if (subject !== asking) return;
      tidy();
      reject(error);
    });
    signal.addEventListener('abort', stop);
    connection.publish(
      asking,
      JSON.stringify({
        batch,
        ...(expiresMs === 0 ? { no_wait: true } : { expires: expiresMs * nanosPerMs }),
      }),
      { reply: subscription.getSubject() },
    );
  });
}
