// What a template is: the schema of templates/<name>/template.yaml, and of the value that the
// pool-manager publishes in KV `templates` for schedulers and executors.
import * as v from 'valibot';
import * as limits from './limits.ts';
import { isolationLevels, networkModes } from './vocabulary.ts';

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

const seconds = v.pipe(v.number(), v.minValue(1), v.maxValue(600));
const text = v.pipe(v.string(), v.minLength(1));
const argv = v.pipe(v.array(v.string()), v.minLength(1));
const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535));

/** Packages by when they are installed (seed 000): names as their installer takes them. */
const packages = v.strictObject({
  /** `npm` installs below /workspace/node_modules; `debian` is for Python modules and programs. */
  installer: v.picklist(['npm', 'debian']),
  /** There before the sandbox is ready. */
  critical: v.optional(v.array(text), []),
  /** Installed in the background after it is ready; a lease never waits for them. */
  deferred: v.optional(v.array(text), []),
  /** May be asked for with InstallPackages; a trailing `*` stands for the rest of a name. */
  on_demand: v.optional(v.array(text), []),
});

/** As written in template.yaml. Unknown keys are errors. */
export const templateSchema = v.strictObject({
  name,
  description: text,
  /** The language that execution requests name; none for application templates. */
  language: v.optional(name),
  aliases: v.optional(v.array(name), []),
  /** For drivers that use images. */
  image: text,
  /** Host programs that must work inside, for drivers without images; the first tells the version. */
  toolchains: v.optional(v.array(v.string()), []),
  /** `gvisor` puts a kernel of its own between the program and the host's. */
  isolation: v.optional(v.picklist(isolationLevels), 'default'),
  /** What a sandbox may reach unless its lease says otherwise. */
  network: v.optional(v.picklist(networkModes), 'none'),
  runner: v.strictObject({
    /** The runner's argv; its first element a toolchain's name or an absolute path. */
    argv,
    /**
     * Files and folders beside template.yaml, or files that templates share beside their folders. They
     * appear below /pilotlight, folders with all that is below them.
     */
    files: v.array(v.string()),
  }),
  /**
   * What is made once for each host and shared, read-only, by all sandboxes at /opt/pilotlight:
   * the layers of dependencies and of build artefacts. Images bring theirs along.
   */
  artefacts: v.optional(
    v.strictObject({
      /** A folder of this template with package.json and package-lock.json, for `npm ci`. */
      npm: v.optional(v.string()),
      /** Debian packages, unpacked with what they depend on. */
      debian: v.optional(v.array(text), []),
      /** Run in a sandbox without network, where /opt/pilotlight can be written. */
      build: v.optional(argv),
      timeout_seconds: v.optional(seconds, 300),
      memory_mb: v.optional(within(limits.leaseMemoryMb), 2_048),
    }),
  ),
  /** What `code` is saved as; languages have one. */
  entry: v.optional(v.string()),
  /** Languages that are compiled first: ceilings of that stage. */
  compile: v.optional(
    v.strictObject({
      timeout_seconds: v.optional(
        within(limits.compileTimeoutSeconds),
        limits.compileTimeoutSeconds.default,
      ),
      memory_mb: v.optional(within(limits.leaseMemoryMb), limits.compileMemoryMb.default),
    }),
  ),
  env: v.optional(v.record(v.string(), v.string()), {}),
  /** Of commands of a lease, beside their own environment, which wins, where that has ANALYZE=1. */
  analyze_env: v.optional(v.record(v.string(), v.string())),
  limits: v.strictObject({
    memory_mb: v.optional(within(limits.leaseMemoryMb), limits.memoryMb.default),
    /** Less than this cannot even start. */
    min_memory_mb: v.optional(within(limits.leaseMemoryMb), limits.memoryMb.min),
    cpus: v.optional(within(limits.cpus), limits.cpus.default),
    pids: v.optional(within(limits.pids), limits.pids.default),
    open_files: v.optional(v.pipe(count, v.minValue(64)), limits.openFiles),
    workspace_mb: v.optional(
      v.pipe(count, v.minValue(1), v.maxValue(2_048)),
      limits.workspaceBytes >> 20,
    ),
  }),
  /** Applications: asked from outside until it answers below 400, then for as long as it lives. */
  probe: v.optional(
    v.strictObject({
      port,
      path: v.optional(v.pipe(v.string(), v.startsWith('/')), '/health'),
      period_seconds: v.optional(seconds, 1),
      /** Periods without an answer before a start has failed. A ready one is unhealthy after 3 looks. */
      failure_threshold: v.optional(v.pipe(count, v.minValue(1)), 30),
    }),
  ),
  packages: v.optional(packages),
  /** The language server that `file_edit` starts in the editor's sandbox: speaks LSP on stdio. */
  lsp_server: v.optional(argv),
  /** Pool policy by profile: one small machine, or a cluster with the seeds' numbers. */
  pool: v.strictObject({
    embedded: poolPolicy,
    cluster: poolPolicy,
    /** `reset`: after a release the same user finds a fresh one waiting, for one idle timeout. */
    reuse: v.optional(v.picklist(['never', 'reset']), 'never'),
  }),
});

/** Snake case, as in the file. */
export type TemplateFile = v.InferOutput<typeof templateSchema>;
export type PoolPolicyFile = v.InferOutput<typeof poolPolicy>;

/** A template with its runner's files read: all that an executor needs to make sandboxes of it. */
export interface Template extends Omit<TemplateFile, 'pool'> {
  /** Content by absolute path below /pilotlight. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
  readonly reuse: TemplateFile['pool']['reuse'];
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
