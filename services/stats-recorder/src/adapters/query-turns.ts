// Questions to the database beside the recording, which they must not hold up: one at a time, each in
// a short transaction of its own that cannot write unless it says so.
import { PlatformError } from '@pilotlight/contracts';
import { type Database, RowRejected, type Session } from '../app/ports.ts';

/** On a server: longer than any sensible range takes, and what recording waits at most for a row lock. */
const statementTimeoutMs = 5_000;
const maxWaiting = 16;

export type Ask = <T>(work: (session: Session) => Promise<T>, mode?: 'write') => Promise<T>;

/**
 * `database` is undefined until it has been opened. PGlite has one connection and no timeouts, so that
 * recording waits for the question that is being answered; a server has a connection left.
 */
export function queryTurns(database: () => Database | undefined): Ask {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (work, mode) => {
    if (waiting >= maxWaiting) {
      throw new PlatformError('resource_exhausted', 'Too many questions wait for the database.');
    }
    waiting += 1;
    const answer = last.then(() => ask(database(), work, mode));
    last = answer.catch(() => undefined);
    try {
      return await answer;
    } finally {
      waiting -= 1;
    }
  };
}

async function ask<T>(
  database: Database | undefined,
  work: (session: Session) => Promise<T>,
  mode: 'write' | undefined,
): Promise<T> {
  if (database === undefined) throw away();
  try {
    return await database.transaction(async (session) => {
      const readOnly = mode === 'write' ? '' : 'set transaction read only;';
      await session.script(`${readOnly} set local statement_timeout = ${statementTimeoutMs}`);
      return work(session);
    });
  } catch (thrown) {
    throw fault(thrown);
  }
}

function away(cause?: unknown): PlatformError {
  return new PlatformError(
    'unavailable',
    'There is no database at the moment; what happens meanwhile is recorded when it is back.',
    { cause },
  );
}

/** SQLSTATE: five characters. Classes 08 and 57P: the connection, or the server as a whole. */
const sqlState = /^[0-9A-Z]{5}$/;
const connectionLost = /^(08|57P|53)/;
const timedOut = '57014';

function fault(thrown: unknown): unknown {
  const isOurs = thrown instanceof PlatformError || thrown instanceof RowRejected;
  if (!(thrown instanceof Error) || isOurs) return thrown;
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
  if (code === timedOut) {
    const text = `That takes more than ${statementTimeoutMs / 1_000} s: ask for a shorter time.`;
    return new PlatformError('deadline_exceeded', text, {
      retry: { kind: 'never' },
      cause: thrown,
    });
  }
  // Drivers' own faults have no state: refused and broken connections.
  const isState = code !== undefined && sqlState.test(code);
  return !isState || connectionLost.test(code) ? away(thrown) : thrown;
}
