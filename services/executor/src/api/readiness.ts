// What this node needs to do its work, and whether it has it.
import type { Bus } from '@pilotlight/messaging';
import type { ReadinessReport } from '@pilotlight/telemetry';
import type { Preparation } from '../app/preparation.ts';
import type { Orphans } from '../app/reaper.ts';

export interface ReadinessParts {
  readonly bus: Pick<Bus, 'status'>;
  readonly orphans: Pick<Orphans, 'problem'>;
  readonly preparation: Pick<Preparation, 'unavailable'>;
}

/** The driver is asked every 30 s, by the reaper. */
export function readiness({ bus, orphans, preparation }: ReadinessParts): ReadinessReport {
  const { problem } = orphans;
  return {
    checks: [
      bus.status === 'connected'
        ? { name: 'bus', ok: true }
        : { name: 'bus', ok: false, reason: `is ${bus.status}` },
      problem === undefined
        ? { name: 'driver', ok: true }
        : { name: 'driver', ok: false, reason: problem },
      // Said, and no reason to be unready: everything else works.
      ...preparation.unavailable.map(({ template, reason }) => ({
        ...{ name: `template ${template}`, ok: true, reason: `is unavailable: ${reason}` },
      })),
    ],
  };
}
