// Results of executions that asked for it with `cache: true`: the same program with the same input on the
// same template, for the same tenant, is not run again.
import {
  type ExecutionRequest,
  ExecutionResult,
  limits,
  type Principal,
  projectOf,
  userFor,
} from '@pilotlight/contracts';
import { resultKey } from '../domain/cache-key.ts';
import { selectVersion } from '../domain/version-selection.ts';
import { type Catalogue, templateTag } from './catalogue.ts';
import type { Dependencies } from './ports.ts';
import type { SegmentCache } from './segment-cache.ts';
import type { Versions } from './versions.ts';

/** As long as the execution itself can be asked for in the bus, so that its id stays of use. */
const resultTtlMs = limits.resultRetentionMs;

/** The place of one run in the cache. */
export interface ResultPlace {
  readonly key: string;
  readonly dependsOn: Dependencies;
}

/** What was kept, or what was run. */
export type CachedRun<Run> =
  | { readonly kind: 'cached'; readonly result: ExecutionResult }
  | { readonly kind: 'ran'; readonly run: Run };

export interface ResultCacheOptions {
  readonly segment: SegmentCache;
  readonly versions: Versions;
  readonly catalogue: Pick<Catalogue, 'find'>;
  /** Versions of a template's language on the nodes, newest first. May reject. */
  languageVersions(template: string, principal: Principal): Promise<readonly string[]>;
}

export class ResultCache {
  readonly #options: ResultCacheOptions;
  readonly #running = new Map<string, Promise<ExecutionResult | undefined>>();

  constructor(options: ResultCacheOptions) {
    this.#options = options;
  }

  /**
   * Where the result of such a request belongs; undefined where none can: an unknown language or version,
   * an interactive run, or a pool-manager that is away. Throws `permission_denied` where the caller does not
   * speak for the user.
   */
  async placeOf(principal: Principal, request: ExecutionRequest): Promise<ResultPlace | undefined> {
    const { catalogue, versions } = this.#options;
    const template = catalogue.find(request.language);
    if (template?.language === undefined || request.interactive) return undefined;
    const dependsOn = versions.of([templateTag(template.name)]);
    const version = await this.#versionOf(template.name, request.version, principal);
    if (version === undefined) return undefined;
    const files = request.code.length > 0 ? [{ path: '', content: request.code }] : request.files;
    const key = resultKey({
      tenant: tenantOf(principal, userFor(principal, request.userId)),
      template: template.name,
      templateRevision: dependsOn[templateTag(template.name)] ?? '',
      language: template.language,
      version,
      files,
      stdin: request.stdin,
      args: request.args,
      limits: {
        timeout: request.timeout,
        memoryLimit: request.memoryLimit,
        compileTimeout: request.compileTimeout,
        compileMemoryLimit: request.compileMemoryLimit,
      },
    });
    return { key, dependsOn };
  }

  /** The result of the run that was kept: with that one's id, times and sandbox. */
  find({ key }: ResultPlace): ExecutionResult | undefined {
    return this.#options.segment.get(key, readResult);
  }

  /** Keeps what is worth it: a program that ended by itself, and all of its output. */
  keep({ key, dependsOn }: ResultPlace, result: ExecutionResult): void {
    if (!isWhole(result)) return;
    const json = ExecutionResult.toJSON({ ...result, traceparent: '' });
    this.#options.segment.put(key, json, { ttlMs: resultTtlMs, dependsOn });
  }

  /**
   * What is kept, or else what `run` comes to, whose result is kept. Who asks while the same is running
   * waits for that; where it comes to nothing each runs for itself.
   */
  async once<Run>(
    place: ResultPlace,
    run: () => Promise<Run>,
    resultOf: (run: Run) => ExecutionResult | undefined,
  ): Promise<CachedRun<Run>> {
    const known = this.find(place);
    if (known !== undefined) return { kind: 'cached', result: known };
    const before = this.#running.get(place.key);
    const shared = before === undefined ? undefined : await before;
    if (shared !== undefined) return { kind: 'cached', result: shared };
    const running = run();
    const ended = running.then(resultOf).then(wholeOf, () => undefined);
    this.#running.set(place.key, ended);
    try {
      const ran = await running;
      const result = resultOf(ran);
      if (result !== undefined) this.keep(place, result);
      return { kind: 'ran', run: ran };
    } finally {
      if (this.#running.get(place.key) === ended) this.#running.delete(place.key);
    }
  }

  async #versionOf(
    template: string,
    selector: string,
    principal: Principal,
  ): Promise<string | undefined> {
    try {
      const versions = await this.#options.languageVersions(template, principal);
      return selectVersion(versions, selector);
    } catch {
      // Then it runs, as if nobody had asked for the cache.
      return undefined;
    }
  }
}

/** A key that speaks for one user shares with that user alone, for it may see no other's executions. */
function tenantOf(principal: Principal, userId: string): string {
  if (principal.userId !== '') return `user ${principal.userId}`;
  return `project ${userId === '' ? principal.project : projectOf(userId)}`;
}

function isWhole({ status, stdout, stderr, compile }: ExecutionResult): boolean {
  const outputs = [stdout, stderr, compile?.stdout, compile?.stderr];
  return status === 'completed' && !outputs.some((output) => output?.truncated === true);
}

function wholeOf(result: ExecutionResult | undefined): ExecutionResult | undefined {
  return result !== undefined && isWhole(result) ? result : undefined;
}

function readResult(json: unknown): ExecutionResult | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  const result = ExecutionResult.fromJSON(json);
  return isWhole(result) && result.executionId !== '' ? result : undefined;
}
