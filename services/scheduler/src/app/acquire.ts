// AcquireSandbox: find what is meant, refuse what is wrong, and lease; once per key where there is
// one.
import { randomUUID } from 'node:crypto';
import {
  AcquireSandboxRequest,
  invalidFields,
  type Lease,
  limits,
  PlatformError,
  userFor,
} from '@pilotlight/contracts';
import { fingerprint, scopedKey } from '../domain/idempotency.ts';
import { acquireProblems } from '../domain/leases.ts';
import { unknownTemplate } from '../domain/read-request.ts';
import { type AcquireKeys, type KeyClaim, keyConflict } from './acquire-keys.ts';
import type { Catalogue } from './catalogue.ts';
import { chooseTemplate } from './choose-template.ts';
import { type LeaseSandboxDeps, leaseSandbox } from './lease-sandbox.ts';
import type { LeaseCalls } from './leases.ts';
import type { Caller, Log, Observer } from './ports.ts';
import { unlessAborted } from './waiting.ts';

export interface AcquireDeps extends LeaseSandboxDeps {
  readonly catalogue: Catalogue;
  readonly keys: AcquireKeys;
  readonly leases: LeaseCalls;
  readonly observer: Observer;
  readonly log: Log;
  /** Aborts when this leader's term ends. */
  readonly term: AbortSignal;
}

interface KeyedWork {
  readonly fingerprint: string;
  readonly lease: Promise<Lease>;
}

/** One leader's front door for leases. */
export class Acquire {
  readonly #deps: AcquireDeps;
  readonly #underWay = new Map<string, KeyedWork>();

  constructor(deps: AcquireDeps) {
    this.#deps = deps;
  }

  /** Waits up to 30 s or the caller's deadline for room. */
  async acquire(asked: AcquireSandboxRequest, caller: Caller): Promise<Lease> {
    const { clock, observer } = this.#deps;
    const { principal } = caller;
    const receivedAt = clock.now();
    const receivedAtMs = clock.monotonicMs();
    try {
      const request = principal ? { ...asked, userId: userFor(principal, asked.userId) } : asked;
      const { template, placed } = await this.#validate(request);
      const wanted = { request, template: template.name, kind: placed, receivedAt, receivedAtMs };
      const lease = await (request.idempotencyKey === ''
        ? this.#lease({ ...wanted, requestId: randomUUID(), caller })
        : this.#once({ ...wanted, caller }));
      observer.acquired(lease.fromWarmPool ? 'warm' : 'cold');
      return lease;
    } catch (thrown) {
      const error = PlatformError.from(thrown);
      observer.acquired(error.code === 'resource_exhausted' ? 'refused' : 'failed');
      throw error;
    }
  }

  async #validate(request: AcquireSandboxRequest) {
    const { catalogue } = this.#deps;
    const wanted = { name: request.template, selector: request.version };
    const choice = await chooseTemplate(this.#deps, wanted);
    const problems = acquireProblems(
      request,
      choice.kind === 'chosen' ? choice.template : undefined,
    );
    if (choice.kind === 'unknown_template') {
      const problem = unknownTemplate(request.template, catalogue.templates);
      problems.unshift({ field: 'template', problem });
    }
    if (choice.kind === 'unknown_version') problems.unshift(choice.problem);
    if (choice.kind !== 'chosen' || problems.length > 0) throw invalidFields(problems);
    return choice;
  }

  #lease(wanted: Wanted & { readonly requestId: string }): Promise<Lease> {
    const { caller, ...rest } = wanted;
    const signal = AbortSignal.any([caller.signal, this.#deps.term]);
    const waitMs = this.#waitMs(caller);
    return leaseSandbox(this.#deps, { ...rest, signal, waitMs, traceparent: caller.traceparent });
  }

  /** Callers with one key share one piece of work, which goes on when one of them leaves. */
  async #once(wanted: Wanted): Promise<Lease> {
    const { request } = wanted;
    const key = scopedKey('acquire', request.userId, request.idempotencyKey);
    // The order in which a caller names variables is no difference.
    const env = Object.fromEntries(Object.entries(request.env).toSorted());
    const json = AcquireSandboxRequest.toJSON({ ...request, env, template: wanted.template });
    const print = fingerprint(json);
    const known = this.#underWay.get(key);
    if (known !== undefined && known.fingerprint !== print) throw keyConflict();
    const lease = known?.lease ?? this.#begin(key, print, wanted);
    return unlessAborted(lease, wanted.caller.signal);
  }

  #begin(key: string, print: string, wanted: Wanted): Promise<Lease> {
    const lease = this.#leaseOfKey(key, print, wanted).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, { fingerprint: print, lease });
    return lease;
  }

  async #leaseOfKey(key: string, print: string, wanted: Wanted): Promise<Lease> {
    const { keys, leases, term } = this.#deps;
    const answer = await keys.claim(key, print);
    if (answer.kind === 'leased' && (await leases.isAlive(answer.lease, term))) return answer.lease;
    const { claim } = answer;
    // The work belongs to everybody who waits for this key, so no single caller can cancel it.
    const caller = { traceparent: wanted.caller.traceparent, signal: term };
    const lease = await this.#lease({ ...wanted, caller, requestId: claim.requestId }).catch(
      (error: unknown) => this.#giveUp(claim, error),
    );
    await keys.complete(claim, lease).catch(async (error: unknown) => {
      await leases.release(lease, { signal: term, traceparent: caller.traceparent });
      throw error;
    });
    return lease;
  }

  async #giveUp(claim: KeyClaim, error: unknown): Promise<never> {
    await this.#deps.keys.giveUp(claim).catch((thrown: unknown) => {
      this.#deps.log.warn({ err: PlatformError.from(thrown) }, 'a key stays taken for now');
    });
    throw error;
  }

  #waitMs(caller: Caller): number {
    if (caller.deadline === undefined) return limits.acquireWaitMs;
    const leftMs = caller.deadline.getTime() - this.#deps.clock.now().getTime();
    return Math.max(0, Math.min(limits.acquireWaitMs, leftMs));
  }
}

interface Wanted {
  readonly request: AcquireSandboxRequest;
  readonly template: string;
  readonly kind: string;
  readonly receivedAt: Date;
  readonly receivedAtMs: number;
  readonly caller: Caller;
}
