// ExecutionService: answered here by the leader, relayed to it by everyone else.
import type { ExecutionServiceDefinition } from '@pilotlight/contracts';
import type { Client, Implementation } from '@pilotlight/rpc';
import type { Leadership } from '../app/leadership.ts';
import { ledCall, ledStream } from './led-call.ts';

interface ExecutionPeer {
  readonly executions: Client<typeof ExecutionServiceDefinition>;
}

export function executionService<Peer extends ExecutionPeer>(
  leadership: Leadership<Peer>,
): Implementation<typeof ExecutionServiceDefinition> {
  return {
    submit: (request, context) =>
      ledCall(leadership, context, {
        here: ({ executions }) => executions.submit(request, context),
        there: ({ executions }) => executions.submit(request, context),
      }),
    execute: (request, context) =>
      ledStream(leadership, context, {
        here: ({ executions }) => executions.execute(request, context),
        there: ({ executions }) => executions.execute(request, context),
      }),
    getExecution: (ref, context) =>
      ledCall(leadership, context, {
        here: ({ executions }) => executions.get(ref.executionId, context),
        there: ({ executions }) => executions.getExecution(ref, context),
      }),
    cancelExecution: (ref, context) =>
      ledCall(leadership, context, {
        here: ({ executions }) => executions.cancel(ref.executionId, context),
        there: ({ executions }) => executions.cancelExecution(ref, context),
      }),
    watchOutput: (request, context) =>
      ledStream(leadership, context, {
        here: ({ executions }) =>
          executions.watch(request.executionId, request.fromSequence, context),
        there: ({ executions }) => executions.watchOutput(request, context),
      }),
  };
}
