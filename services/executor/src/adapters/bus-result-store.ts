// Results on the bus, one for each execution: the first writer wins.
import {
  ExecutionResult,
  fromJsonBytes,
  PlatformError,
  subject,
  toJsonBytes,
} from '@pilotlight/contracts';
import type { Bus } from '@pilotlight/messaging';
import type { ResultStore } from '../app/ports.ts';

export function createBusResultStore(bus: Bus): ResultStore {
  return {
    async storeFirst(result) {
      const to = subject('executionResult', { id: result.executionId });
      try {
        await bus.publish(to, toJsonBytes(ExecutionResult, result), { onlyFirst: true });
        return result;
      } catch (thrown) {
        const error = PlatformError.from(thrown);
        if (error.code !== 'conflict') throw error;
        // Somebody was first; it may have been an own attempt whose acknowledgement was lost.
        const first = await bus.readLast('EXEC_RESULTS', to);
        if (first !== undefined) return fromJsonBytes(ExecutionResult, first.data);
        throw new PlatformError('unavailable', 'the first result cannot be read', { cause: error });
      }
    },
  };
}
