// Which errors of a database are about the values, and which about the database.
import { RowRejected } from '../app/ports.ts';

/**
 * SQLSTATE classes "data exception" and "integrity constraint violation", and "program limit
 * exceeded", which is a value too long for an index. All others pass: a full disk, a read-only
 * server, too many connections, a statement that took too long.
 */
const aboutValues = /^(2[23]|54000)/;

/** The error to throw instead of a driver's own. */
export function sqlError(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || !('code' in thrown)) return thrown;
  const { code } = thrown;
  if (typeof code !== 'string' || !aboutValues.test(code)) return thrown;
  return new RowRejected(thrown.message, { cause: thrown });
}
