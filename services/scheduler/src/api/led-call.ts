// One call, answered by whoever leads.
import type { CallContext } from '@pilotlight/rpc';
import type { LeaderTerm } from '../app/leader-term.ts';
import type { Leadership } from '../app/leadership.ts';

/** The same call, by its leader and by the connection to it. */
export interface LedCall<Peer, Answer> {
  here(term: LeaderTerm): Answer;
  there(peer: Peer): Answer;
}

/** A call with one answer. */
export async function ledCall<Peer, Answer>(
  leadership: Leadership<Peer>,
  context: CallContext,
  call: LedCall<Peer, Promise<Answer>>,
): Promise<Answer> {
  const led = await leadership.find(context.signal);
  return led.kind === 'here' ? call.here(led.term) : call.there(led.peer);
}

/** A call with a stream of answers. */
export async function* ledStream<Peer, Answer>(
  leadership: Leadership<Peer>,
  context: CallContext,
  call: LedCall<Peer, AsyncIterable<Answer>>,
): AsyncIterable<Answer> {
  const led = await leadership.find(context.signal);
  yield* led.kind === 'here' ? call.here(led.term) : call.there(led.peer);
}
