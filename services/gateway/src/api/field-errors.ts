// What Ajv says of a request, in words for people and by the names that the caller used.
import { type FieldError, invalidFields, type PlatformError } from '@pilotlight/contracts';
import type { WrittenNames } from './body-names.ts';

/** The part of an Ajv error that is needed. */
export interface SchemaError {
  readonly keyword: string;
  /** JSON pointer. */
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string | undefined;
}

const most = 100;

/** One for each field, at most a hundred. `written`: names as the caller wrote them, by path. */
export function fieldErrors(
  errors: readonly SchemaError[],
  written: ReadonlyMap<string, string> = new Map(),
): FieldError[] {
  const alternatives = errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const isOfAlternative = ({ schemaPath }: SchemaError) =>
    alternatives.some((other) => schemaPath.startsWith(`${other.schemaPath}/`));
  const byField = new Map<string, FieldError>();
  for (const error of errors) {
    if (isOfAlternative(error)) continue;
    const path = pathOf(error);
    const field = shownAs(path, written);
    if (!byField.has(field)) byField.set(field, { field, problem: problemOf(error) });
  }
  const all = [...byField.values()];
  if (all.length <= most) return all;
  return [...all.slice(0, most), { field: '', problem: `and ${all.length - most} problems more` }];
}

/** A path by the schema's names, as the caller wrote it. */
export function shownAs(path: string, written: ReadonlyMap<string, string>): string {
  for (let end = path.length; written.size > 0 && end > 0; end = lastJoint(path, end)) {
    const known = written.get(path.slice(0, end));
    if (known !== undefined) return known + path.slice(end);
  }
  return path;
}

function lastJoint(path: string, end: number): number {
  return Math.max(path.lastIndexOf('.', end - 1), path.lastIndexOf('[', end - 1));
}

function pathOf({ instancePath, keyword, params }: SchemaError): string {
  const own =
    keyword === 'required'
      ? params['missingProperty']
      : keyword === 'additionalProperties'
        ? params['additionalProperty']
        : undefined;
  const parts = instancePath.split('/').slice(1).map(unescapePointer);
  if (typeof own === 'string') parts.push(own);
  return parts.reduce((path, part) => {
    if (/^\d+$/.test(part)) return `${path}[${part}]`;
    return path === '' ? part : `${path}.${part}`;
  }, '');
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

function problemOf({ keyword, params, message }: SchemaError): string {
  const limit = String(params['limit']);
  switch (keyword) {
    case 'required':
      return 'is needed';
    case 'additionalProperties':
      return 'is not known';
    case 'type':
      return `must be ${[params['type']].flat().map(typeName).join(' or ')}`;
    case 'enum':
      return `must be one of ${[params['allowedValues']].flat().join(', ')}`;
    case 'const':
      return `must be ${JSON.stringify(params['allowedValue'])}`;
    case 'minimum':
      return `must be at least ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    case 'minLength':
      return limit === '1' ? 'must not be empty' : `must have at least ${limit} characters`;
    case 'maxLength':
      return `must have at most ${limit} characters`;
    case 'minItems':
      return `must have at least ${limit} elements`;
    case 'maxItems':
      return `must have at most ${limit} elements`;
    case 'minProperties':
      return `must have at least ${limit} members`;
    case 'maxProperties':
      return `must have at most ${limit} members`;
    case 'pattern':
      return `must match ${String(params['pattern'])}`;
    case 'format':
      return `must be a ${String(params['format'])}`;
    case 'anyOf':
    case 'oneOf':
      return 'has none of the forms that are described';
    default:
      return message ?? 'is wrong';
  }
}

function typeName(type: unknown): string {
  return typeNames[String(type)] ?? String(type);
}

/** `invalid_argument` with everything that is wrong with a body. */
export function invalidBody(errors: readonly SchemaError[], names: WrittenNames): PlatformError {
  return invalidFields([...names.problems, ...fieldErrors(errors, names.written)]);
}
