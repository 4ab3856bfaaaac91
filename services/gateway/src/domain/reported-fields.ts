// The members of one reported object, read one by one in one pass; what is wrong with them is gathered.
import type { FieldError } from '@pilotlight/contracts';
import { fits, isStorable } from './storable-text.ts';

/** A day: no serverless function runs or loads for so long. */
export const mostMilliseconds = 24 * 60 * 60 * 1_000;
/** A tebibyte. */
const mostMegabytes = 1_048_576;
const timePattern = /^\d{4}-\d\d-(\d\d)T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const minuteMs = 60_000;

type Members = Readonly<Record<string, unknown>>;

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What keeps a value from being a duration of at most a day; undefined for one that is. */
export function millisecondsProblem(value: unknown): string | undefined {
  return numberProblem(value, mostMilliseconds, 'a number of milliseconds');
}

/** Where the problems of one report go. */
export class Problems {
  readonly #most: number;
  readonly #found: FieldError[] = [];
  #count = 0;

  /** `most` are told, the rest only counted. */
  constructor(most: number) {
    this.#most = most;
  }

  get count(): number {
    return this.#count;
  }

  add(field: string, problem: string): void {
    this.#count += 1;
    if (this.#count <= this.#most) this.#found.push({ field, problem });
  }

  told(): FieldError[] {
    const untold = this.#count - this.#found.length;
    return untold === 0
      ? this.#found
      : [...this.#found, { field: '', problem: `and ${untold} problems more` }];
  }
}

/** Members that are missing and members that are null are the same. Unknown ones are nobody's. */
export class ReportedFields {
  readonly #members: Members;
  readonly #prefix: string;
  readonly #index: number | undefined;
  readonly #problems: Problems;

  /**
   * `prefix` stands before each name in what is told, such as `invocations[3].`. With an index it is that of
   * a list, such as `module_details`: of thousands of elements it is put together for those that are wrong.
   */
  constructor(members: Members, prefix: string, problems: Problems, index?: number) {
    this.#members = members;
    this.#prefix = prefix;
    this.#index = index;
    this.#problems = problems;
  }

  /** The elements of a list among these members; those that are no objects are left out and noted. */
  elements(name: string, list: readonly unknown[]): ReportedFields[] {
    const prefix = this.#prefix + name;
    return list.flatMap((element, index) => {
      if (isMembers(element)) return new ReportedFields(element, prefix, this.#problems, index);
      this.refuse(`${name}[${index}]`, 'must be an object');
      return [];
    });
  }

  value(name: string): unknown {
    return this.#members[name] ?? undefined;
  }

  refuse(name: string, problem: string): void {
    const prefix = this.#index === undefined ? this.#prefix : `${this.#prefix}[${this.#index}].`;
    this.#problems.add(prefix + name, problem);
  }

  /** The problem of a member that must be there and is not. */
  require(name: string): void {
    if (this.value(name) === undefined) this.refuse(name, 'is needed');
  }

  /** Of at most so many characters; empty where there is none. */
  text(name: string, most: number): string {
    const given = this.value(name);
    if (given === undefined) return '';
    if (typeof given !== 'string') this.refuse(name, 'must be a text');
    else if (!fits(given, most)) this.refuse(name, `must have at most ${most} characters`);
    else if (!isStorable(given)) this.refuse(name, 'must have no NUL and no half of a pair in it');
    else return given;
    return '';
  }

  /** Of any length and content. */
  anyText(name: string): string {
    const given = this.value(name);
    if (given === undefined || typeof given === 'string') return given ?? '';
    this.refuse(name, 'must be a text');
    return '';
  }

  boolean(name: string): boolean | undefined {
    const given = this.value(name);
    if (given === undefined || typeof given === 'boolean') return given;
    this.refuse(name, 'must be true or false');
    return undefined;
  }

  /** From 0 to a day. */
  milliseconds(name: string): number | undefined {
    return this.#number(name, mostMilliseconds, 'a number of milliseconds');
  }

  wholeMilliseconds(name: string): number | undefined {
    return rounded(this.milliseconds(name));
  }

  wholeMegabytes(name: string): number | undefined {
    return rounded(this.#number(name, mostMegabytes, 'a number of megabytes'));
  }

  count(name: string, most: number): number | undefined {
    return rounded(this.#number(name, most, 'a number'));
  }

  time(name: string): Date | undefined {
    const given = this.value(name);
    if (given === undefined) return undefined;
    const time = typeof given === 'string' ? timeFrom(given) : undefined;
    if (time === undefined) {
      this.refuse(name, 'must be a time in ISO 8601 with its offset, as 2026-01-02T10:30:00Z');
    }
    return time;
  }

  #number(name: string, most: number, what: string): number | undefined {
    const given = this.value(name);
    if (given === undefined) return undefined;
    const problem = numberProblem(given, most, what);
    if (problem === undefined) return given as number;
    this.refuse(name, problem);
    return undefined;
  }
}

function numberProblem(value: unknown, most: number, what: string): string | undefined {
  if (typeof value === 'number' && value >= 0 && value <= most) return undefined;
  return `must be ${what} from 0 to ${most}`;
}

/** Undefined for what is no time, such as the 30th of February, which a Date would make another day of. */
function timeFrom(text: string): Date | undefined {
  const [, day, , offset = ''] = timePattern.exec(text) ?? [];
  const time = new Date(text);
  if (day === undefined || Number.isNaN(time.getTime())) return undefined;
  const local = new Date(time.getTime() + offsetMs(offset));
  return local.getUTCDate() === Number(day) ? time : undefined;
}

function offsetMs(offset: string): number {
  if (offset === 'Z') return 0;
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4));
  return (offset.startsWith('-') ? -1 : 1) * minutes * minuteMs;
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value);
}
