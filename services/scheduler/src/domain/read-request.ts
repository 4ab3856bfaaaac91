// Tells a request that can be run from one that never can, as it comes out of the log.
import {
  type ExecutionRequest,
  type FieldError,
  findTemplate,
  invalidFields,
  PlatformError,
  type Priority,
  parseExecutionRequest,
  parseJsonObject,
  parseSubject,
  priorities,
  type Template,
  type Token,
  templateProblems,
  token,
  tokenProblem,
} from '@pilotlight/contracts';
import { type Selection, selectTemplate, type VersionsOf } from './select-template.ts';

/** A request with its place in the vocabulary settled. */
export interface RunnableRequest {
  readonly id: Token;
  readonly request: ExecutionRequest;
  readonly priority: Priority;
  readonly template: Template;
  /** Empty where any will do. */
  readonly version: string;
}

export type ReadRequest =
  | { readonly kind: 'runnable'; readonly runnable: RunnableRequest }
  /** It may become one or the other: nodes have not told of all their versions yet. */
  | { readonly kind: 'unsettled'; readonly dead: DeadRequest }
  | DeadRequest;

export interface DeadRequest {
  readonly kind: 'dead';
  readonly reason: string;
  /** Set where a result can be written for it. */
  readonly id: Token | undefined;
  /** Where exec.dead keeps it; `unknown` where the subject's own word is unusable. */
  readonly priority: Priority;
  readonly language: string;
}

/** Never throws. Every problem is in the reason, by the name that the publisher used. */
export function readRequest(
  message: { readonly subject: string; readonly data: Uint8Array },
  catalogue: readonly Template[],
  versionsOf: VersionsOf,
): ReadRequest {
  const named = readSubject(message.subject);
  const dead = (reason: string, id?: Token): DeadRequest => ({
    kind: 'dead',
    reason,
    id,
    ...named,
  });
  const json = parsed(message.data);
  if (json instanceof PlatformError) return dead(json.message);
  const id = usableId(json['id']);
  const read = parseExecutionRequest(json);
  if (!read.ok) return dead(invalidFields(read.problems).message, id);
  const request = read.value;
  const problems = disagreements(request, named);
  const wanted = { name: request.language, selector: request.version };
  const selection = selectTemplate(catalogue, wanted, versionsOf);
  problems.push(...selectionProblems(selection, request.language, catalogue));
  if (selection.kind === 'selected')
    problems.push(...templateProblems(request, selection.template));
  const refused = dead(invalidFields(problems).message, id);
  if (selection.kind === 'unsettled' && problems.length === 1) {
    return { kind: 'unsettled', dead: refused };
  }
  if (selection.kind !== 'selected' || problems.length > 0) return refused;
  const { template, version } = selection;
  const { priority } = named;
  return {
    kind: 'runnable',
    runnable: { id: token('id', request.id), request, priority, template, version },
  };
}

function selectionProblems(
  selection: Selection,
  language: string,
  catalogue: readonly Template[],
): FieldError[] {
  switch (selection.kind) {
    case 'unsettled':
    case 'unknown_version':
      return [{ field: 'version', problem: selection.problem }];
    case 'unknown_template':
      return [{ field: 'language', problem: unknownLanguage(language, catalogue) }];
    case 'selected': {
      if (selection.template.language !== undefined) return [];
      return [{ field: 'language', problem: unknownLanguage(language, catalogue) }];
    }
  }
}

/** What to answer for a language that no template runs. */
export function unknownLanguage(language: string, catalogue: readonly Template[]): string {
  const languages = catalogue.flatMap((template) => template.language ?? []);
  const known = [...new Set(languages)].toSorted();
  const isApplication = findTemplate(catalogue, language) !== undefined;
  const problem = isApplication
    ? 'is an application, which is leased and runs no code'
    : 'is not known';
  return `"${language}" ${problem}; known are ${known.join(', ') || 'none yet'}`;
}

/** What to answer for a template that is not in the catalogue. */
export function unknownTemplate(name: string, catalogue: readonly Template[]): string {
  const known = catalogue.map((template) => template.name).toSorted();
  return `"${name}" is not known; known are ${known.join(', ') || 'none yet'}`;
}

function readSubject(subject: string): { priority: Priority; language: string } {
  try {
    const tokens = parseSubject('executionRequest', subject);
    const priority = priorities.find((known) => known === tokens?.priority);
    if (priority !== undefined) return { priority, language: tokens?.language ?? 'unknown' };
  } catch (thrown) {
    // A subject may hold characters that a token may not; its request is dead for that reason.
    if (PlatformError.from(thrown).code !== 'invalid_argument') throw thrown;
  }
  return { priority: 'normal', language: 'unknown' };
}

function parsed(data: Uint8Array): Record<string, unknown> | PlatformError {
  try {
    return parseJsonObject(data);
  } catch (thrown) {
    return PlatformError.from(thrown);
  }
}

function usableId(id: unknown): Token | undefined {
  const usable = typeof id === 'string' && tokenProblem('id', id) === undefined;
  return usable ? token('id', id) : undefined;
}

function disagreements(
  request: ExecutionRequest,
  named: { readonly priority: Priority; readonly language: string },
): FieldError[] {
  const problems: FieldError[] = [];
  const check = (field: 'priority' | 'language', said: string, subject: string) => {
    if (said === subject) return;
    problems.push({ field, problem: `is "${said}", but the subject says "${subject}"` });
  };
  check('priority', request.priority, named.priority);
  check('language', request.language, named.language);
  return problems;
}
