// Submit: a request in plain text becomes a message in the request log, once per id or key.
import { randomUUID } from 'node:crypto';
import {
  type ExecutionRequest,
  type FieldError,
  fromSubmitRequest,
  invalidFields,
  PlatformError,
  type Priority,
  parseJsonObject,
  priorities,
  projectOf,
  type StreamName,
  SubmitRequest,
  type SubmitResponse,
  type Template,
  templateProblems,
  userFor,
} from '@pilotlight/contracts';
import type { Clock } from '@pilotlight/lifecycle';
import type { KeyValue } from '@pilotlight/messaging';
import { admitToQueue } from '../domain/admission.ts';
import { executionIdOfKey, fingerprint } from '../domain/idempotency.ts';
import {
  mayQueue,
  overQueueLimit,
  planProblems,
  priorityOf,
  priorityProblem,
  withinPlan,
} from '../domain/plan.ts';
import { unknownLanguage } from '../domain/read-request.ts';
import { keyConflict } from './acquire-keys.ts';
import type { Capacity } from './capacity.ts';
import type { Catalogue } from './catalogue.ts';
import { type Choice, chooseTemplate } from './choose-template.ts';
import { queueDepth } from './dead-letters.ts';
import type { Dispatcher } from './dispatch.ts';
import type { ExecutionBook } from './execution-book.ts';
import type { Intake } from './intake.ts';
import type { Caller, EntitlementsOf } from './ports.ts';
import type { RequestLog } from './request-log.ts';

export interface SubmitDeps {
  readonly book: ExecutionBook;
  readonly catalogue: Catalogue;
  readonly capacity: Capacity;
  readonly entitlementsOf: EntitlementsOf;
  readonly dispatcher: Dispatcher;
  readonly requests: RequestLog;
  readonly intakes: Readonly<Partial<Record<StreamName, Intake>>>;
  /** Bucket `acquires`, which keeps keys of submissions too. */
  readonly keys: KeyValue;
  readonly clock: Clock;
  readonly term: AbortSignal;
}

/** Answers when the request is in the log and this leader has read it from there. */
export async function submit(
  deps: SubmitDeps,
  asked: SubmitRequest,
  caller: Caller,
): Promise<SubmitResponse> {
  const signal = AbortSignal.any([caller.signal, deps.term]);
  const { principal } = caller;
  const wanted = principal ? { ...asked, userId: userFor(principal, asked.userId) } : asked;
  const choice = await chooseTemplate(deps, { name: wanted.language, selector: wanted.version });
  const { request, priority, template } = validated(deps, wanted, caller, choice);
  if (wanted.idempotencyKey !== '') await claimKey(deps, request.id, wanted);
  const isOwnChoice = wanted.executionId !== '' || wanted.idempotencyKey !== '';
  const known = isOwnChoice ? await knownAs(deps, request) : undefined;
  if (known !== undefined) return known;
  refuseIfFull(deps, priority, template);
  const giveBack = placeFor(deps, request.userId);
  try {
    const receipt = await deps.requests.append(request, priority);
    await deps.intakes[receipt.stream]?.reached(receipt.sequence, signal);
    const now = await knownAs(deps, request);
    const queued = { executionId: request.id, status: 'queued', estimatedWaitMs: 0 };
    return { ...(now ?? queued), duplicate: receipt.duplicate };
  } finally {
    giveBack();
  }
}

/** Throws `resource_exhausted` where the user's project has as many without a result as its plan allows. */
function placeFor(deps: SubmitDeps, userId: string): () => void {
  const project = projectOf(userId);
  const plan = deps.entitlementsOf(project);
  if (plan !== undefined && !mayQueue(deps.book.pendingSoonOf(project), plan)) {
    throw overQueueLimit(plan, deps.dispatcher.gapMs);
  }
  return deps.book.holdPlace(project);
}

interface Validated {
  readonly request: ExecutionRequest;
  readonly priority: Priority;
  readonly template: Template;
}

function validated(
  deps: SubmitDeps,
  asked: SubmitRequest,
  caller: Caller,
  choice: Choice,
): Validated {
  const { executionId, idempotencyKey, userId } = asked;
  const { wanted, problems } = boundByPlan(asked, caller, choice);
  if (executionId !== '' && idempotencyKey !== '') {
    problems.push({ field: 'idempotency_key', problem: 'not together with execution_id' });
  }
  const id = idempotencyKey === '' ? randomUUID() : executionIdOfKey(userId, idempotencyKey);
  const given = { id, now: deps.clock.now(), traceparent: caller.traceparent };
  const parsed = fromSubmitRequest(wanted, given);
  if (!parsed.ok) problems.push(...parsed.problems.map(asSubmitted));
  if (choice.kind === 'unknown_version') problems.push(choice.problem);
  const template = choice.kind === 'chosen' ? choice.template : undefined;
  if (choice.kind === 'unknown_template' || (template && template.language === undefined)) {
    const problem = unknownLanguage(wanted.language, deps.catalogue.templates);
    problems.push({ field: 'language', problem });
  }
  if (parsed.ok && template) problems.push(...templateProblems(parsed.value, template));
  if (!parsed.ok || template === undefined || problems.length > 0) throw invalidFields(problems);
  const request = parsed.value;
  const priority = priorities.find((known) => known === request.priority) ?? 'normal';
  return { request, priority, template };
}

/**
 * What the caller's plan makes of a request; admins are bound by none. Throws `permission_denied` where
 * the priority is above the plan's.
 */
function boundByPlan(
  asked: SubmitRequest,
  { principal }: Caller,
  choice: Choice,
): { readonly wanted: SubmitRequest; readonly problems: FieldError[] } {
  if (principal === undefined || principal.role === 'admin') return { wanted: asked, problems: [] };
  const plan = principal.entitlements;
  const priority = asked.priority || priorityOf(plan);
  const tooHigh = priorityProblem(priority, plan);
  if (tooHigh !== undefined) {
    const message = `${tooHigh.field}: ${tooHigh.problem}`;
    throw new PlatformError('permission_denied', message, { details: [tooHigh] });
  }
  const wanted = { ...asked, priority };
  const problems = planProblems(asked, plan);
  if (choice.kind !== 'chosen') return { wanted, problems };
  return { wanted: withinPlan(wanted, plan, choice.template), problems };
}

/** The caller wrote `execution_id` where the message has `id`. */
function asSubmitted(problem: FieldError): FieldError {
  return problem.field === 'id' ? { ...problem, field: 'execution_id' } : problem;
}

/** Binds a key to the request it first came with. What was begun and not finished goes on. */
async function claimKey(deps: SubmitDeps, id: string, wanted: SubmitRequest): Promise<void> {
  const print = fingerprint(SubmitRequest.toJSON(wanted));
  const value = Buffer.from(JSON.stringify({ fingerprint: print }));
  if ((await deps.keys.create(id, value)) !== undefined) return;
  const entry = await deps.keys.get(id);
  if (entry === undefined) return;
  if (parseJsonObject(entry.value)['fingerprint'] !== print) throw keyConflict();
}

/** What has become of an id, where it is known already. */
async function knownAs(
  deps: SubmitDeps,
  request: ExecutionRequest,
): Promise<SubmitResponse | undefined> {
  const { id: executionId, userId } = request;
  const tracked = deps.book.get(executionId);
  if (tracked !== undefined) {
    if (tracked.user !== userId) throw foreignId();
    const estimatedWaitMs = deps.dispatcher.estimatedWaitMs(tracked);
    return { executionId, status: tracked.status, duplicate: true, estimatedWaitMs };
  }
  if (!deps.book.mayHaveEnded(executionId)) return undefined;
  const result = await deps.requests.result(executionId);
  if (result === undefined) return undefined;
  if (result.userId !== userId) throw foreignId();
  return { executionId, status: result.status, duplicate: true, estimatedWaitMs: 0 };
}

function foreignId(): PlatformError {
  const problem = 'is taken by an execution of another user; choose another or leave it empty';
  const details = [{ field: 'execution_id', problem }];
  return new PlatformError('conflict', `execution_id: ${problem}`, { details });
}

function refuseIfFull(deps: SubmitDeps, priority: Priority, template: Template): void {
  const depth = queueDepth(deps.dispatcher.queue, priority, template.name);
  const language = template.language ?? template.name;
  const admission = admitToQueue(language, depth, deps.dispatcher.gapMs);
  if (admission.kind === 'admitted') return;
  throw new PlatformError('resource_exhausted', admission.message, { retry: admission.retry });
}
