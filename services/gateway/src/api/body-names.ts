// The names that callers write: camelCase members of bodies become the schema's snake_case ones, and
// problems are told by the name that was written. Also keeps what is validated within bounds, because
// every problem of a body is looked for.
import { type FieldError, invalidFields } from '@pilotlight/contracts';

/** The part of a JSON schema that names are found by. */
export interface NamedSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, NamedSchema>>;
  readonly patternProperties?: Readonly<Record<string, NamedSchema>>;
  readonly additionalProperties?: boolean | NamedSchema;
  readonly items?: NamedSchema;
  readonly maxItems?: number;
  readonly maxProperties?: number;
}

/** What became of the names of one body. */
export interface WrittenNames {
  /** Path by the schema's names → as the caller wrote it; only where the two differ. */
  readonly written: ReadonlyMap<string, string>;
  readonly problems: readonly FieldError[];
}

type Members = Record<string, unknown>;
type MutableNames = { written: Map<string, string>; problems: FieldError[] };

/** Of a list or map that sets no bound. */
const defaultMost = 10_000;
const mostUnknown = 100;

/**
 * Renames in place, and only where the schema refuses unknown members, so that maps with free keys and
 * foreign dialects stay as they are. Throws `invalid_argument` for what has too many elements to go on.
 */
export function nameBySchema(body: unknown, schema: NamedSchema): WrittenNames {
  const names: MutableNames = { written: new Map(), problems: [] };
  visit(body, schema, { path: '', shown: '' }, names);
  return names;
}

/** A place in a body: by the schema's names, and as written. */
interface Place {
  readonly path: string;
  readonly shown: string;
}

function visit(value: unknown, schema: NamedSchema, at: Place, names: MutableNames): void {
  if (Array.isArray(value)) visitList(value, schema, at, names);
  else if (isMembers(value)) visitMembers(value, schema, at, names);
}

function visitList(list: unknown[], schema: NamedSchema, at: Place, names: MutableNames): void {
  bound(list.length, schema.maxItems, at, 'elements');
  const { items } = schema;
  if (items === undefined) return;
  for (const [index, item] of list.entries()) {
    if (typeof item !== 'object') continue;
    visit(item, items, { path: `${at.path}[${index}]`, shown: `${at.shown}[${index}]` }, names);
  }
}

function visitMembers(value: Members, schema: NamedSchema, at: Place, names: MutableNames): void {
  const { properties = {}, additionalProperties, patternProperties } = schema;
  if (additionalProperties === false && patternProperties === undefined) {
    rename(value, properties, at, names);
  } else bound(Object.keys(value).length, schema.maxProperties, at, 'members');
  const rest = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  const free = rest ?? Object.values(patternProperties ?? {})[0];
  for (const [name, member] of Object.entries(value)) {
    const described = Object.hasOwn(properties, name) ? properties[name] : free;
    if (described === undefined || typeof member !== 'object') continue;
    const path = join(at.path, name);
    visit(
      member,
      described,
      { path, shown: names.written.get(path) ?? join(at.shown, name) },
      names,
    );
  }
}

function rename(
  value: Members,
  properties: Readonly<Record<string, NamedSchema>>,
  at: Place,
  names: MutableNames,
): void {
  let unknown = 0;
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(properties, name)) continue;
    const snake = snakeCase(name);
    if (!Object.hasOwn(properties, snake)) {
      unknown += 1;
      continue;
    }
    const shown = join(at.shown, name);
    if (Object.hasOwn(value, snake)) {
      names.problems.push({ field: shown, problem: `is given as ${snake}, too` });
    } else {
      value[snake] = value[name];
      names.written.set(join(at.path, snake), shown);
    }
    delete value[name];
  }
  if (unknown > mostUnknown) {
    const problem = `has ${unknown} members that are not known`;
    throw invalidFields([{ field: at.shown, problem }]);
  }
}

function bound(count: number, most = defaultMost, at: Place, what: string): void {
  if (count <= most) return;
  throw invalidFields([{ field: at.shown, problem: `must have at most ${most} ${what}` }]);
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
