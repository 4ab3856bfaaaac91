// Events and output on the bus. A message id makes a repeated publication harmless.
import {
  OutputChunk,
  SandboxEvent,
  type SandboxEventType,
  subject,
  toJsonBytes,
} from '@pilotlight/contracts';
import type { Bus } from '@pilotlight/messaging';
import type { EventLog, OutputLog } from '../app/ports.ts';

export function createBusEventLog(bus: Bus): EventLog {
  return {
    async append(event: SandboxEvent, type: SandboxEventType) {
      const to = subject('sandboxEvent', { type, template: event.template });
      await bus.publish(to, toJsonBytes(SandboxEvent, event), { messageId: event.eventId });
    },
  };
}

export function createBusOutputLog(bus: Bus): OutputLog {
  return {
    async append(chunk: OutputChunk) {
      const { executionId, attempt, sequence } = chunk;
      await bus.publish(
        subject('executionOutput', { id: executionId }),
        toJsonBytes(OutputChunk, chunk),
        { messageId: `${executionId}-${attempt}-${sequence}` },
      );
    },
  };
}
