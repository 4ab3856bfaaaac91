// Looks at every application for as long as it lives, and says when one is ill or well again.
import type { Clock } from '@pilotlight/lifecycle';
import { afterLook, afterSleep, type Health, healthy, watchPatienceMs } from '../domain/health.ts';
import { type Application, lookWithin } from './application.ts';
import type { Log } from './ports.ts';
import { pause } from './retry.ts';
import type { SandboxRecord } from './sandbox-record.ts';
import type { SandboxRegistry } from './sandbox-registry.ts';

export interface HealthWatchOptions {
  readonly registry: SandboxRegistry;
  readonly clock: Clock;
  readonly log: Log;
  /** Takes an unhealthy sandbox that nobody holds out of the stock; see `Stock.replace`. */
  readonly replace: (record: SandboxRecord, detail: string) => void;
}

export class HealthWatch {
  readonly #options: HealthWatchOptions;

  constructor(options: HealthWatchOptions) {
    this.#options = options;
  }

  /** Watches a ready sandbox until it is gone; does nothing for one that is no application. */
  begin(record: SandboxRecord): void {
    const { application, sandbox } = record;
    if (application === undefined || sandbox === undefined) return;
    record.health = healthy;
    const gone = new AbortController();
    void sandbox.ended.then(() => gone.abort());
    void this.#watch(record, application, gone.signal);
  }

  async #watch(record: SandboxRecord, application: Application, gone: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const { rules, probe } = application;
    let health = healthy;
    for (;;) {
      await pause(clock, rules.periodMs, gone);
      if (gone.aborted || record.state === 'stopping') break;
      if (record.state === 'paused') {
        health = afterSleep(health);
        continue;
      }
      const outcome = await lookWithin(probe, clock, watchPatienceMs(rules), gone);
      // What a sleeping sandbox did not answer says nothing about it.
      if (gone.aborted || isOutOfSight(record)) continue;
      const before = health;
      health = afterLook(health, outcome);
      this.#note(record, before, health);
    }
    probe.close();
  }

  #note(record: SandboxRecord, before: Health, now: Health): void {
    const { registry, log, replace } = this.#options;
    record.health = now;
    if (before.status === now.status) return;
    const fields = { sandbox: record.id, template: record.template.name, detail: now.detail };
    if (now.status === 'healthy') {
      log.info(fields, 'an application answers again');
      record.detail = '';
      registry.tellHealth(record, 'healthy');
      return;
    }
    log.warn(fields, 'an application does not answer');
    record.detail = `unhealthy: ${now.detail}`;
    registry.tellHealth(record, 'unhealthy');
    if (record.state === 'ready') replace(record, record.detail);
  }
}

function isOutOfSight({ state }: SandboxRecord): boolean {
  return state === 'paused' || state === 'stopping';
}
