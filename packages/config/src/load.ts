// Reads a schema of settings from the environment and reports everything wrong at once.
import * as v from 'valibot';

/** A flat schema: one entry for each environment variable. */
export type SettingsSchema = v.GenericSchema<unknown, unknown> & {
  readonly entries: Readonly<Record<string, v.GenericSchema<unknown, unknown>>>;
};

export interface LoadOptions {
  /** Put before every variable's name; `PILOTLIGHT_` unless given. */
  readonly prefix?: string;
  /** Read instead of the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** One setting that cannot be used, in words that say what it must be. Never its value. */
export interface ConfigProblem {
  readonly variable: string;
  readonly problem: string;
}

/** Thrown once for all problems; its message has one line for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, problem }) => `  ${variable} ${problem}`);
    super(`The configuration cannot be used:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/** The environment variable of a setting: `natsUrl` is `PILOTLIGHT_NATS_URL`. */
export function variableOf(key: string, prefix = 'PILOTLIGHT_'): string {
  return `${prefix}${key.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}`;
}

/** Throws a `ConfigError` that names every variable that is missing or wrong. */
export function loadConfig<const Schema extends SettingsSchema>(
  schema: Schema,
  options: LoadOptions = {},
): v.InferOutput<Schema> {
  const env = options.env ?? process.env;
  const keys = Object.keys(schema.entries);
  const found = keys.flatMap((key) => {
    const value = env[variableOf(key, options.prefix)];
    return value === undefined ? [] : [[key, value] as const];
  });
  const result = v.safeParse(schema, Object.fromEntries(found), { abortPipeEarly: true });
  if (result.success) return result.output;
  throw new ConfigError(result.issues.map((issue) => problemOf(issue, options.prefix)));
}

function problemOf(issue: v.BaseIssue<unknown>, prefix: string | undefined): ConfigProblem {
  const key = issue.path?.[0]?.key;
  if (typeof key !== 'string') return { variable: '', problem: issue.message };
  const missing = issue.kind === 'schema' && issue.received === 'undefined';
  const problem = missing ? 'must be set' : issue.message;
  return { variable: variableOf(key, prefix), problem };
}
