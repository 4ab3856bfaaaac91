// The kinds of settings. Each takes the text of one environment variable (undefined where it is
// not set), says what it must be when it is not, and carries its description for the documentation.
import * as v from 'valibot';
import { Secret } from './secret.ts';

interface Described<T> {
  readonly description: string;
  /** Used where the variable is not set; without one it must be set. */
  readonly default?: T;
}

/** Must be set unless it has a default, which is given as the text that would be set. */
function setting<Output>(
  schema: v.GenericSchema<string, Output>,
  description: string,
  fallback: string | undefined,
): v.GenericSchema<string | undefined, Output> {
  const whole = fallback === undefined ? schema : v.optional(schema, fallback);
  return v.pipe(whole, v.description(description));
}

const notEmpty = v.pipe(v.string('must be set'), v.nonEmpty('must not be empty'));

/** Any text but the empty one. */
export function text(about: Described<string>) {
  return setting(notEmpty, about.description, about.default);
}

/** Text that may be left out. */
export function optionalText(about: Described<never>) {
  return v.pipe(v.optional(notEmpty), v.description(about.description));
}

/** A secret that must be set. */
export function secret(about: Described<never>) {
  return setting(
    v.pipe(
      notEmpty,
      v.transform((value) => new Secret(value)),
    ),
    about.description,
    undefined,
  );
}

/** A secret that may be left out. */
export function optionalSecret(about: Described<never>) {
  const schema = v.pipe(
    notEmpty,
    v.transform((value) => new Secret(value)),
  );
  return v.pipe(v.optional(schema), v.description(about.description));
}

/** A whole number between two bounds, both included. */
export function integer(about: Described<number> & { readonly min: number; readonly max: number }) {
  const { min, max } = about;
  const problem = `must be a whole number from ${min} to ${max}`;
  const schema = v.pipe(
    v.string('must be set'),
    v.regex(/^-?\d{1,15}$/, problem),
    v.transform(Number),
    v.minValue(min, problem),
    v.maxValue(max, problem),
  );
  return setting(schema, about.description, about.default?.toString());
}

/** A number from 0 to 1, both included. */
export function ratio(about: Described<number>) {
  const problem = 'must be a number from 0 to 1';
  const schema = v.pipe(
    v.string('must be set'),
    v.regex(/^(0|1|0?\.\d{1,9}|1\.0+)$/, problem),
    v.transform(Number),
  );
  return setting(schema, about.description, about.default?.toString());
}

const urlProblem = 'must be a URL, such as http://127.0.0.1:4318';
const url = v.pipe(notEmpty, v.regex(/^https?:\/\//, urlProblem), v.url(urlProblem));

/** An http or https URL that may be left out. */
export function optionalUrl(about: Described<never>) {
  return v.pipe(v.optional(url), v.description(about.description));
}

/** The same for a URL that is a secret, because whoever has it may use it. */
export function optionalSecretUrl(about: Described<never>) {
  const schema = v.pipe(
    url,
    v.transform((value) => new Secret(value)),
  );
  return v.pipe(v.optional(schema), v.description(about.description));
}

/** `true` or `false`, `1` or `0`. */
export function flag(about: Described<boolean>) {
  const schema = v.pipe(
    v.string('must be set'),
    v.picklist(['true', 'false', '1', '0'], 'must be "true" or "false"'),
    v.transform((value) => value === 'true' || value === '1'),
  );
  return setting(schema, about.description, about.default?.toString());
}

/** One of a few words. */
export function choice<const Option extends string>(
  options: readonly Option[],
  about: Described<NoInfer<Option>>,
) {
  const problem = `must be one of ${options.join(', ')}`;
  const schema = v.pipe(v.string('must be set'), v.picklist(options, problem));
  return setting(schema, about.description, about.default);
}

const addressPattern = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/;

/** `host:port` to listen on or to dial; IPv6 hosts in brackets; port 0 lets the system choose. */
export function listenAddress(about: Described<string>) {
  const problem = 'must be host:port, such as 127.0.0.1:7401 or [::1]:7401';
  const schema = v.pipe(
    v.string('must be set'),
    v.regex(addressPattern, problem),
    v.check((value) => Number(addressPattern.exec(value)?.[2]) <= 65_535, problem),
  );
  return setting(schema, about.description, about.default);
}

/** A schema of settings, each named in camelCase. Services spread the common ones into theirs. */
export const settings = v.object;
