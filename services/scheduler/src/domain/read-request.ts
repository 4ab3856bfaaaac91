// Tells a request that can be run from one that never can, as it comes out of the log.
import {
  type Entitlements,
  ExecutionRequest,
  type FieldError,
  findTemplate,
  invalidFields,
  PlatformError,
  type Priority,
  parseExecutionRequest,
  parseJsonObject,
  parseRequestSubject,
  type Template,
  type Token,
  templateProblems,
  token,
  tokenProblem,
  userOfProject,
} from '@pilotlight/contracts';
import { planProblems, priorityProblem, withinPlan } from './plan.ts';
import { type Selection, selectTemplate, type VersionsOf } from './select-template.ts';

/** A request with its place in the vocabulary settled, and its user's id. */
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
  /** Whose result it is: the project on whose subject it came, if on one. */
  readonly user: string;
}

/** What a request is judged by. */
export interface Known {
  readonly catalogue: readonly Template[];
  readonly versionsOf: VersionsOf;
  /** Undefined for a project that has no active key. */
  readonly entitlementsOf: (project: string) => Entitlements | undefined;
}

/** Never throws. Every problem is in the reason, by the name that the publisher used. */
export function readRequest(
  message: { readonly subject: string; readonly data: Uint8Array },
  { catalogue, entitlementsOf, versionsOf }: Known,
): ReadRequest {
  const named = readSubject(message.subject);
  const { priority, language, project } = named;
  const dead = (reason: string, id?: Token): DeadRequest => ({
    ...{ kind: 'dead', reason, id, priority, language, user: project ?? '' },
  });
  const json = parsed(message.data);
  if (json instanceof PlatformError) return dead(json.message);
  const id = usableId(json['id']);
  const read = parseExecutionRequest(json);
  if (!read.ok) return dead(invalidFields(read.problems).message, id);
  const sent = read.value;
  const problems = disagreements(sent, named);
  // As it was sent: what it leaves open is 0 here, and the platform's default in `sent`.
  const asked = ExecutionRequest.fromJSON(json);
  const owned = project === undefined ? undefined : ownedBy(project, asked, entitlementsOf);
  problems.push(...(owned?.problems ?? []));
  const request = { ...sent, ...(owned && { userId: owned.userId }) };
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
  const { timeout, memoryLimit } = asked;
  const bounded = owned?.plan && withinPlan({ timeout, memoryLimit }, owned.plan, template);
  const runnable = { id: token('id', request.id), request: { ...request, ...bounded } };
  return { kind: 'runnable', runnable: { ...runnable, priority, template, version } };
}

interface Owned {
  readonly userId: string;
  readonly plan: Entitlements | undefined;
  readonly problems: readonly FieldError[];
}

/** Who publishes for a project speaks for its own users, within its plan. */
function ownedBy(
  project: string,
  asked: ExecutionRequest,
  entitlementsOf: Known['entitlementsOf'],
): Owned {
  const userId = userOfProject(project, asked.userId);
  const plan = entitlementsOf(project);
  const problems: FieldError[] = [];
  if (userId === undefined) {
    const problem = `"${asked.userId}" is no user of the project "${project}"`;
    problems.push({ field: 'user_id', problem });
  }
  if (plan === undefined) {
    problems.push({ field: 'project', problem: `"${project}" has no active key` });
  } else {
    // Nothing said is `normal` to readers of requests, so to the plan.
    const tooHigh = priorityProblem(asked.priority || 'normal', plan);
    problems.push(...(tooHigh === undefined ? [] : [tooHigh]), ...planProblems(asked, plan));
  }
  return { userId: userId ?? project, plan, problems };
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

interface Named {
  readonly priority: Priority;
  readonly language: string;
  readonly project: string | undefined;
}

function readSubject(subject: string): Named {
  try {
    const named = parseRequestSubject(subject);
    if (named !== undefined) return named;
  } catch (thrown) {
    // A subject may hold characters that a token may not; its request is dead for that reason.
    if (PlatformError.from(thrown).code !== 'invalid_argument') throw thrown;
  }
  return { priority: 'normal', language: 'unknown', project: undefined };
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

function disagreements(request: ExecutionRequest, named: Named): FieldError[] {
  const problems: FieldError[] = [];
  const check = (field: 'priority' | 'language', said: string, subject: string) => {
    if (said === subject) return;
    problems.push({ field, problem: `is "${said}", but the subject says "${subject}"` });
  };
  check('priority', request.priority, named.priority);
  check('language', request.language, named.language);
  return problems;
}
