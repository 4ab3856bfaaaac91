// Names for invocations, unique over all processes.
import { sharedState } from './shared-state.ts';

/**
 * Not `crypto.randomUUID`, whose module takes milliseconds to load: an id has to be unique, not secret.
 * Made at the first call, because processes restored from one snapshot share what was random before.
 */
export function nextInvocationId(): string {
  const state = sharedState();
  state.instance ??= [Date.now(), process.pid, Math.random() * 2 ** 52]
    .map((part) => Math.floor(part).toString(36))
    .join('-');
  state.invocations = (state.invocations ?? 0) + 1;
  return `${state.instance}-${state.invocations}`;
}
