// What a template is: the schema of templates/<name>/template.yaml, and of the value that the
// pool-manager publishes in KV `templates` for schedulers and executors.
import * as v from 'valibot';
import * as limits from './limits.ts';

const name = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,31}$/, 'lower case, digits and "-"'));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const within = (bounds: limits.Bounds) =>
  v.pipe(v.number(), v.minValue(bounds.min), v.maxValue(bounds.max));

const poolPolicy = v.strictObject({
  min_size: count,
  max_size: count,
  /** 0.7: seven of ten leased is as it should be. */
  target_utilization: v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(1)), 0.7),
  scale_up_threshold: v.optional(count, 2),
  /** Seconds. */
  scale_down_delay: v.optional(count, 300),
  /** Seconds that a warm sandbox may wait; expiry is jittered. */
  ttl: v.optional(v.pipe(count, v.minValue(10)), 3_600),
});

/** As written in template.yaml. Unknown keys are errors. */
export const templateSchema = v.strictObject({
  name,
  description: v.pipe(v.string(), v.minLength(1)),
  /** The language that execution requests name; none for application templates. */
  language: v.optional(name),
  aliases: v.optional(v.array(name), []),
  /** For drivers that use images. */
  image: v.pipe(v.string(), v.minLength(1)),
  /** Host programs that must work inside, for drivers without images. */
  toolchains: v.optional(v.array(v.string()), []),
  runner: v.strictObject({
    /** The runner's argv; its first element a toolchain's name or an absolute path. */
    argv: v.pipe(v.array(v.string()), v.minLength(1)),
    /** Files beside template.yaml that appear below /pilotlight. */
    files: v.array(v.string()),
  }),
  /** What `code` is saved as. */
  entry: v.string(),
  env: v.optional(v.record(v.string(), v.string()), {}),
  limits: v.strictObject({
    memory_mb: v.optional(within(limits.memoryMb), limits.memoryMb.default),
    cpus: v.optional(within(limits.cpus), limits.cpus.default),
    pids: v.optional(within(limits.pids), limits.pids.default),
  }),
  /** Pool policy by profile: one small machine, or a cluster with the seeds' numbers. */
  pool: v.strictObject({ embedded: poolPolicy, cluster: poolPolicy }),
});

/** Snake case, as in the file. */
export type TemplateFile = v.InferOutput<typeof templateSchema>;
export type PoolPolicyFile = v.InferOutput<typeof poolPolicy>;

/** A template with its runner's files read: all that an executor needs to make sandboxes of it. */
export interface Template extends Omit<TemplateFile, 'pool'> {
  /** Content by absolute path below /pilotlight. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

/** The template that a name, a language or an alias means. */
export function findTemplate(catalogue: Iterable<Template>, wanted: string): Template | undefined {
  const all = [...catalogue];
  return (
    all.find((template) => template.name === wanted) ??
    all.find((template) => template.language === wanted) ??
    all.find((template) => template.aliases.includes(wanted))
  );
}
