// Structured logs: one JSON object on a line of stdout, or lines for people on a terminal.
import { pino } from 'pino';
import { prettyLine } from './pretty-line.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Message last, fields first: `logger.info({ sandbox }, 'leased')`. */
export type Logger = pino.Logger;

/** Where lines go. Each call is one whole line with its newline. */
export interface LogSink {
  write(line: string): void;
}

export interface LoggerOptions {
  readonly service: string;
  readonly level: LogLevel;
  /** Lines for people instead of JSON. */
  readonly pretty?: boolean;
  /** Instead of stdout. */
  readonly sink?: LogSink;
}

/** Keys whose values never appear, at the top of a line's fields and one and two levels down. */
const secretKeys = ['token', 'password', 'authorization', 'secret', 'leaseToken', 'nodeToken'];

const redactedPaths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

/**
 * Writes synchronously, so that the last line before an exit is not lost. Values of keys such as
 * `token` and `password` are replaced, but not inside texts: never put a secret in a message.
 */
export function createLogger(options: LoggerOptions): Logger {
  const output = options.sink ?? pino.destination({ dest: 1, sync: true });
  return pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactedPaths, censor: '[redacted]' },
    },
    options.pretty === true ? { write: (line: string) => output.write(prettyLine(line)) } : output,
  );
}
