// Options such as `--env NAME=value`, which may be repeated.
import { InvalidArgumentError } from 'commander';

export type NamedValues = Readonly<Record<string, string>>;

/** A parser for commander, which shows the problem with the option's name. */
export function namedValue(text: string, before: NamedValues = {}): NamedValues {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be NAME=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
