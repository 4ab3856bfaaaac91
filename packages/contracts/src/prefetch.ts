// The schema of templates/prefetch.yaml: what is fetched ahead when a user does something.
import * as v from 'valibot';
import { userActions } from './vocabulary.ts';

export const prefetchPriorities = ['high', 'medium', 'low'] as const;
export type PrefetchPriority = (typeof prefetchPriorities)[number];

/** What the platform does by itself: grow a pool, install packages, start a language server. */
export const builtInResources = ['warm_sandbox', 'dependencies', 'lsp_server'] as const;

const resource = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9_]{0,63}$/, 'lower case, digits and "_"'),
);

/** As written in the file. Unknown keys are errors. */
export const prefetchSchema = v.strictObject({
  rules: v.array(
    v.strictObject({
      trigger: v.picklist(userActions),
      resources: v.pipe(v.array(resource), v.minLength(1)),
      priority: v.picklist(prefetchPriorities),
    }),
  ),
  /**
   * How each resource that is not built in is gathered: run in the user's sandbox, in /workspace, with
   * each entry of the context as PREFETCH_<NAME>; what it writes is kept in /tmp/.prefetch/<resource>.
   */
  commands: v.record(resource, v.pipe(v.array(v.string()), v.minLength(1))),
});

export type PrefetchFile = v.InferOutput<typeof prefetchSchema>;
export type PrefetchRule = PrefetchFile['rules'][number];
