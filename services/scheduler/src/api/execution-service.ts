// ExecutionService: answered here by the leader, relayed to it by everyone else.
import type { ExecutionServiceDefinition } from '@pilotlight/contracts';
import type { Client, Implementation } from '@pilotlight/rpc';
import type { Leadership } from '../app/leadership.ts';
import { ledCall, ledStream } from './led-call.ts';
import type { CountCall } from './rate-limit.ts';

interface ExecutionPeer {
  readonly executions: Client<typeof ExecutionServiceDefinition>;
}

export function executionService<Peer extends ExecutionPeer>(
  leadership: Leadership<Peer>,
  count: CountCall,
): Implementation<typeof ExecutionServiceDefinition> {
  return {
    async submit(request, context) {
      await count(context);
      return ledCall(leadership, context, {
        here: ({ executions }) => executions.submit(request, context),
        there: ({ executions }) => executions.submit(request, context),
      });
    },
    async *execute(request, context) {
      await count(context);
      yield* ledStream(leadership, context, {
        here: ({ executions }) => executions.execute(request, context),
        there: ({ executions }) => executions.execute(request, context),
      });
    },
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
    sendInput: (input, context) =>
      ledCall(leadership, context, {
        here: ({ executions }) => executions.sendInput(input, context),
        there: ({ executions }) => executions.sendInput(input, context),
      }),
  };
}
