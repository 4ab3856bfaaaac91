// A handler in a handler: same parameters, same answer, same failure, and a report of each call.
import type { Settings } from './config/settings.ts';
import { harmless } from './harmless.ts';
import { beginInvocation, type Invocation } from './invocation.ts';
import { sharedState } from './shared-state.ts';

type Callable = (...parameters: unknown[]) => unknown;
type Thenable = {
  then(resolved: (value: unknown) => void, rejected: (error: unknown) => void): unknown;
};

/** What `awslambda.streamifyResponse` marks a handler with, before or after it is wrapped. */
const streaming = Symbol.for('aws.lambda.runtime.handler.streaming');

/** A wrapped handler comes back as it is. */
export function wrapHandler(handler: Callable, settings: Settings): Callable {
  const state = sharedState();
  state.wrappers ??= new WeakSet();
  if (state.wrappers.has(handler)) return handler;
  const call = (self: unknown, parameters: unknown[]): unknown => {
    const streams = (wrapper as unknown as Record<symbol, unknown>)[streaming] !== undefined;
    const context = parameters[streams ? 2 : 1];
    const invocation = beginInvocation(settings, context);
    if (invocation === undefined) return Reflect.apply(handler, self, parameters);
    const calledBack = !streams && watchCallbacks(parameters, context, invocation);
    let result: unknown;
    try {
      result = Reflect.apply(handler, self, parameters);
    } catch (error) {
      void invocation.end();
      throw error;
    }
    if (isThenable(result)) return afterReport(result, invocation);
    if (result !== undefined || !calledBack) void invocation.end();
    else if (!invocation.hasEnded()) endWhenIdle(invocation);
    return result;
  };
  // Lambda looks at that, too: an async function that never settles is an error, another's answer is null.
  const isAsync = harmless(() => handler.constructor.name === 'AsyncFunction') === true;
  const wrapper: Callable = isAsync
    ? async function (this: unknown, ...parameters: unknown[]) {
        return call(this, parameters);
      }
    : function (this: unknown, ...parameters: unknown[]) {
        return call(this, parameters);
      };
  looksLike(wrapper, handler);
  state.wrappers.add(wrapper);
  return wrapper;
}

/** A copy of its marks and members; the runtime looks at the number of parameters, too. */
function looksLike(wrapper: Callable, handler: Callable): void {
  for (const name of Reflect.ownKeys(handler)) {
    if (name === 'prototype' || name === 'arguments' || name === 'caller') continue;
    harmless(() => {
      const property = Object.getOwnPropertyDescriptor(handler, name);
      if (property === undefined) return;
      // Those of a frozen handler can be written to, too: streamifyResponse marks what it is given.
      if ('value' in property) property.writable = true;
      Object.defineProperty(wrapper, name, { ...property, configurable: true });
    });
  }
}

function isThenable(value: unknown): value is Thenable {
  return harmless(() => typeof (value as Thenable | undefined)?.then === 'function') === true;
}

/** The handler's own outcome, after what is to be sent of it was sent. */
function afterReport(result: Thenable, invocation: Invocation): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (answer: () => void): void => {
      const sent = invocation.end();
      if (sent === undefined) answer();
      else void sent.then(answer);
    };
    result.then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
  });
}

/**
 * The callback among the parameters, and the context's older `done`, `succeed` and `fail`, end the
 * invocation before they do what they did. The context stays the runtime's own object, so that
 * `callbackWaitsForEmptyEventLoop` means what it means. True where there is a callback.
 */
function watchCallbacks(parameters: unknown[], context: unknown, invocation: Invocation): boolean {
  const watched = (callback: Callable): Callable =>
    function (this: unknown, ...outcome: unknown[]): void {
      const answer = (): void => void Reflect.apply(callback, this, outcome);
      const sent = invocation.end();
      sharedState().unanswered?.delete(invocation);
      if (sent === undefined) answer();
      // Not in the promise's own turn: what the callback throws is an uncaught exception, as without us.
      else void sent.then(() => process.nextTick(answer));
    };
  for (const name of ['done', 'succeed', 'fail']) {
    harmless(() => {
      const members = context as Record<string, unknown>;
      const member = members[name];
      if (typeof member === 'function') members[name] = watched(member as Callable);
    });
  }
  const callback = parameters[2];
  if (typeof callback !== 'function') return false;
  parameters[2] = watched(callback as Callable);
  return true;
}

/** Nothing was returned, so the answer may come by the callback. Where it never does, Lambda waits for an empty loop. */
function endWhenIdle(invocation: Invocation): void {
  const state = sharedState();
  if (state.unanswered === undefined) {
    const unanswered = new Set<Pick<Invocation, 'end'>>();
    state.unanswered = unanswered;
    process.on('beforeExit', () => {
      for (const it of unanswered) void it.end();
      unanswered.clear();
    });
  }
  state.unanswered.add(invocation);
}
