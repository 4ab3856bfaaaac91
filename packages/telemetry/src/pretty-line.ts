// One JSON log line as a line for people: time, level, service, message, then the other fields.
import { inspect } from 'node:util';

/** Takes and returns a line with its newline. A line that is no JSON object comes back as it is. */
export function prettyLine(line: string): string {
  const fields = parse(line);
  if (fields === undefined) return line;
  const { time, level, service, msg, err, ...rest } = fields;
  const clock = String(time ?? '').slice(11, 23);
  const extra = Object.entries(rest).map(
    ([key, value]) =>
      `${key}=${typeof value === 'string' ? value : inspect(value, { breakLength: Number.POSITIVE_INFINITY })}`,
  );
  const head = [
    clock,
    String(level ?? '')
      .toUpperCase()
      .padEnd(5),
    service,
    msg,
    ...extra,
  ];
  return `${head.filter((part) => part !== undefined).join(' ')}\n${errorLines(err)}`;
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function errorLines(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const text = 'stack' in error ? error.stack : 'message' in error ? error.message : undefined;
  return typeof text === 'string' ? `${text.replaceAll(/^/gm, '    ')}\n` : '';
}
