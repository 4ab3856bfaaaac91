// What a line of a service's log says to the person at the terminal.

/** A complaint worth showing. */
export interface LogNote {
  readonly level: 'warn' | 'error';
  readonly message: string;
}

/** A warning or an error, or undefined for lines that only the file needs. Never fails. */
export function noteOf(line: string): LogNote | undefined {
  const natsNote = /^\[\d+\] \S+ \S+ \[(WRN|ERR|FTL)\] (.*)$/.exec(line);
  if (natsNote)
    return { level: natsNote[1] === 'WRN' ? 'warn' : 'error', message: natsNote[2] ?? '' };
  const fields = parsed(line);
  const { level, msg, err } = fields ?? {};
  if (level !== 'warn' && level !== 'error' && level !== 'fatal') return undefined;
  const cause = isObject(err) && typeof err['message'] === 'string' ? err['message'] : '';
  const text = typeof msg === 'string' ? msg : '';
  const parts = text.includes(cause) ? [text] : [text, cause];
  const message = parts.filter(Boolean).join(': ');
  return { level: level === 'warn' ? 'warn' : 'error', message };
}

function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    // A line that only looks like JSON is a line for the file.
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Why a process ended: the errors among the last lines of its log, else these lines. */
export function lastWords(log: string, count = 8): string {
  const lines = log.trimEnd().split('\n').slice(-count);
  const notes = lines.map(noteOf).filter((note) => note?.level === 'error');
  const errors = new Set(notes.map((note) => note?.message));
  return [...(errors.size > 0 ? errors : lines)].join('\n');
}
