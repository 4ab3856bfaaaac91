// A hostile case that is more than one run.
import type { Platform } from '@pilotlight/cli/platform';
import type { Pilotlight } from '@pilotlight/client';

/** What an encounter may use. */
export interface Scene {
  readonly client: Pilotlight;
  readonly platform: Platform;
  readonly dataDir: string;
  /** How often to repeat what is proven by repetition: less often where every container is slow to make. */
  readonly repetitions: number;
}

/** One case of the list, by its number and name. */
export interface Encounter {
  readonly name: string;
  meet(scene: Scene): Promise<void>;
}
