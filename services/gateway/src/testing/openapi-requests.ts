// Requests made of an OpenAPI description: for every operation valid ones and ones with something wrong, the
// same ones for the same seed.
import fc from 'fast-check';

/** The part of a JSON schema that requests are made of. */
export interface RequestSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, RequestSchema>>;
  readonly patternProperties?: Readonly<Record<string, RequestSchema>>;
  readonly additionalProperties?: boolean | RequestSchema;
  readonly required?: readonly string[];
  readonly items?: RequestSchema;
  readonly anyOf?: readonly RequestSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly format?: string;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: RequestSchema;
}

interface RequestContent {
  readonly schema?: RequestSchema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, RequestContent>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>
  >;
}

export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface MadeRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of JSON, or not. */
  readonly payload?: string;
}

/** What is told of one operation to who drives it. */
export interface DescribedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export function operationsOf({ paths }: Description): DescribedOperation[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
  );
}

const anything = fc.jsonValue({ maxDepth: 2 });
const nasty = fc.constantFrom(
  ...['', '\0', '../../etc/passwd', '%00', '\u{10ffff}', '\ud800', '__proto__', 'constructor'],
  ...['<script>alert(1)</script>', "' or 1=1 --", '-1', '1e999', 'null', 'a'.repeat(5_000)],
);

/** Some are as described; of the others one thing is wrong. `known`: path parameters that mean something. */
export function requestsOf(
  { method, path, operation }: DescribedOperation,
  known: Readonly<Record<string, readonly string[]>> = {},
) {
  const parameters = operation.parameters ?? [];
  const content = operation.requestBody?.content['application/json'];
  return fc
    .record({
      values: fc.tuple(...parameters.map((it) => parameterValue(it, known[it.name]))),
      body: content === undefined ? fc.constant(undefined) : bodyText(bodyFor(content)),
      type: mostly('application/json', fc.constantFrom('text/plain', 'application/xml', '')),
      key: mostly(undefined, fc.constantFrom('k1', 'k2', 'k 3', '')),
    })
    .map(({ values, body, type, key }): MadeRequest => {
      let url = path;
      const query = new URLSearchParams();
      const headers: Record<string, string> = {};
      for (const [index, { name, in: place }] of parameters.entries()) {
        const value = values[index];
        if (value === undefined) continue;
        if (place === 'path')
          url = url.replace(`{${name}}`, encodeURIComponent(value.toWellFormed()));
        if (place === 'query') query.set(name, value);
        if (place === 'header') headers[name] = value.replaceAll(/[^\x20-\x7e]/g, '?');
      }
      if (key !== undefined && method === 'post') headers['idempotency-key'] = key;
      if (body !== undefined && type !== '') headers['content-type'] = type;
      const suffix = query.size === 0 ? '' : `?${query.toString()}`;
      const made = { method: method.toUpperCase(), url: `${url}${suffix}`, headers };
      return body === undefined ? made : { ...made, payload: body };
    });
}

function mostly<T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
}

function parameterValue({ in: place, required, schema }: Parameter, known: readonly string[] = []) {
  const made = valueFor(schema).map(String);
  const isKnown = place === 'path' && known.length > 0;
  const good = isKnown ? fc.oneof(fc.constantFrom(...known), made) : made;
  const wrong = nasty.filter((text) => place !== 'path' || text !== '');
  const value: fc.Arbitrary<string | undefined> = fc.oneof(
    { weight: 8, arbitrary: good },
    { weight: 2, arbitrary: wrong },
  );
  return required === true && place === 'path' ? value : fc.option(value, { nil: undefined });
}

/** Half of them an example, where there are any: what is made of a schema alone is rarely sensible. */
function bodyFor({ schema = {}, example, examples = {} }: RequestContent): fc.Arbitrary<unknown> {
  const given = Object.values(examples).map(({ value }) => value);
  if (example !== undefined) given.push(example);
  return given.length === 0
    ? valueFor(schema)
    : fc.oneof(fc.constantFrom(...given), valueFor(schema));
}

/** JSON of a value, sometimes with something wrong in it, rarely no JSON. */
function bodyText(value: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 5, arbitrary: value.map((it) => JSON.stringify(it)) },
    { weight: 6, arbitrary: value.chain(mutated).map((it) => JSON.stringify(it)) },
    { weight: 1, arbitrary: anything.map((it) => JSON.stringify(it)) },
    { weight: 1, arbitrary: nasty },
    { weight: 1, arbitrary: value.map((it) => JSON.stringify(it).slice(0, -1)) },
  );
}

/** One member is left out, renamed, doubled or becomes something else. */
function mutated(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return anything;
  const members = Object.entries(value);
  if (members.length === 0) return anything;
  return fc
    .record({
      at: fc.nat(members.length - 1),
      how: fc.constantFrom('drop', 'camel', 'extra', 'replace', 'nasty', 'inside'),
      by: anything,
      text: nasty,
    })
    .chain(({ at, how, by, text }) => {
      const [name = '', member] = members[at] ?? [];
      const rest = Object.fromEntries(members.filter((_, index) => index !== at));
      if (how === 'drop') return fc.constant(rest);
      if (how === 'camel') {
        const camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
        return fc.constant({ ...rest, [camel]: member });
      }
      if (how === 'extra') return fc.constant({ ...value, [`${text}x`]: by });
      if (how === 'nasty') return fc.constant({ ...rest, [name]: text });
      if (how === 'inside') return mutated(member).map((inner) => ({ ...rest, [name]: inner }));
      return fc.constant({ ...rest, [name]: by });
    });
}

/** A value that the schema describes. */
function valueFor(schema: RequestSchema): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valueFor));
  switch ([schema.type].flat()[0]) {
    case 'string':
      return textOf(schema);
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 10_000 });
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1e6, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valueFor(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, 4),
      });
    case 'object':
      return membersOf(schema);
    default:
      return anything;
  }
}

function membersOf(schema: RequestSchema): fc.Arbitrary<unknown> {
  const { properties = {}, patternProperties = {}, additionalProperties, required = [] } = schema;
  const rest = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  const free = Object.values(patternProperties)[0] ?? rest;
  if (Object.keys(properties).length === 0 && free !== undefined) {
    return fc.dictionary(fc.stringMatching(/^[A-Z_]{1,8}$/), valueFor(free), { maxKeys: 3 });
  }
  const members = Object.entries(properties).map(([name, member]) => [name, valueFor(member)]);
  return fc.record(Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: [...required],
  });
}

function textOf({ pattern, format, minLength = 0, maxLength = 40 }: RequestSchema) {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  if (format === 'date-time') {
    // RFC 3339 has years of four digits.
    const most = { noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') };
    return fc.date(most).map((date) => date.toISOString());
  }
  const known = fc.constantFrom('python', 'hello', 'large', 'x');
  const any = fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 40) });
  return fc.oneof(known, any);
}
