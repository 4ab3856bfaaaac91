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
  token,
  tokenProblem,
} from '@pilotlight/contracts';

/** A request with its place in the vocabulary settled. */
export interface RunnableRequest {
  readonly id: Token;
  readonly request: ExecutionRequest;
  readonly priority: Priority;
  readonly template: Template;
}

export type ReadRequest =
  | { readonly kind: 'runnable'; readonly runnable: RunnableRequest }
  | {
      readonly kind: 'dead';
      readonly reason: string;
      /** Set where a result can be written for it. */
      readonly id: Token | undefined;
      /** Where exec.dead keeps it; `unknown` where the subject's own word is unusable. */
      readonly priority: Priority;
      readonly language: string;
    };

/** Never throws. Every problem is in the reason, by the name that the publisher used. */
export function readRequest(
  message: { readonly subject: string; readonly data: Uint8Array },
  catalogue: readonly Template[],
): ReadRequest {
  const named = readSubject(message.subject);
  const dead = (reason: string, id?: Token): ReadRequest => ({
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
  const template = findTemplate(catalogue, request.language);
  if (template?.language === undefined) {
    problems.push({ field: 'language', problem: unknownLanguage(request.language, catalogue) });
  }
  if (problems.length > 0 || template === undefined)
    return dead(invalidFields(problems).message, id);
  const runnable = { id: token('id', request.id), request, priority: named.priority, template };
  return { kind: 'runnable', runnable };
}

/** What to answer for a language that no template runs. */
export function unknownLanguage(language: string, catalogue: readonly Template[]): string {
  const known = catalogue.flatMap((template) => template.language ?? []).toSorted();
  return `"${language}" is not known; known are ${known.join(', ') || 'none yet'}`;
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
