// The languages as Piston's runtimes, and the job that a request means.
import { limits, type SubmitRequest } from '@pilotlight/contracts';
import type { FastifyRequest } from 'fastify';
import {
  aliasesOf,
  PistonRefusal,
  pistonJob,
  type Runtime,
  unknownVersion,
  wantedRuntime,
} from '../domain/piston-job.ts';
import { selectVersion } from '../domain/version-selection.ts';
import type { Gateway } from './gateway.ts';
import { listedPools } from './pools.ts';

type Deps = Pick<Gateway, 'caches' | 'catalogue' | 'platform'>;

/** Every language in each version that a node has, the newest first. */
export async function runtimesOf(deps: Deps, request: FastifyRequest): Promise<readonly Runtime[]> {
  const pools = await listedPools(deps, request);
  const { catalogue } = deps;
  return catalogue.templates.flatMap((template) => {
    const { language } = template;
    if (language === undefined || catalogue.find(language) !== template) return [];
    const pool = pools.find(({ template: name }) => name === template.name);
    if (pool === undefined || pool.unavailable) return [];
    const { versions = [] } = pool;
    // Where it runs and still tells none, it has none to tell.
    const untold = pool.available + pool.leased > 0 ? [unknownVersion] : [];
    return (versions.length > 0 ? versions : untold).map((version) => ({
      language,
      version,
      template,
    }));
  });
}

export interface WantedJob {
  readonly runtime: Runtime;
  readonly submit: SubmitRequest;
}

/** Throws `PistonRefusal`. */
export async function wantedJob(
  deps: Deps,
  request: FastifyRequest,
  body: unknown,
): Promise<WantedJob> {
  const fields = typeof body === 'object' && body !== null ? { ...body } : {};
  const { language, version } = wantedRuntime(fields);
  const runtimes = await runtimesOf(deps, request);
  const named = runtimes.filter(
    (runtime) => runtime.language === language || aliasesOf(runtime).includes(language),
  );
  const versions = named.map((runtime) => runtime.version);
  const selected = selectVersion(versions, version);
  const runtime = named.find((candidate) => candidate.version === selected);
  if (runtime === undefined) throw new PistonRefusal(`${language}-${version} runtime is unknown`);
  const { timeout, memoryLimit } = request.principal.entitlements;
  const job = pistonJob(fields, runtime, {
    timeout: timeout || limits.timeoutSeconds.max,
    memoryLimit: memoryLimit || limits.memoryMb.max,
  });
  return { runtime, submit: { ...unsaid, ...job } };
}

/** What Piston's requests have no words for. */
const unsaid: Omit<SubmitRequest, keyof ReturnType<typeof pistonJob>> = {
  ...{ executionId: '', idempotencyKey: '', userId: '', code: '', encoding: '', priority: '' },
  ...{ correlationId: '', s3Bucket: '', interactive: false },
};
