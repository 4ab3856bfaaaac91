// The one way in which a container goes: by force, and verified.
import type { Container } from 'dockerode';
import { engineFault, engineStatus, tolerate } from './engine-error.ts';

/**
 * Kills and removes a container and resolves when the engine no longer knows it. Idempotent: one
 * that is gone, or being removed by somebody else, is as good.
 */
export async function removeContainer(container: Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    if (engineStatus(error) === 404) return;
    if (engineStatus(error) !== 409) throw engineFault(error);
    await tolerate(container.wait({ condition: 'removed' }), 404);
  }
}
