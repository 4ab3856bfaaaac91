// Node's builtins, at the moment when they are needed. An `import` of one reads all of its exports before the
// first line runs, and some are getters that load more: that of node:fs takes a third of all the SDK does
// while it is loaded.
import { createRequire } from 'node:module';

interface Builtins {
  'node:fs': typeof import('node:fs');
  'node:http': typeof import('node:http');
  'node:https': typeof import('node:https');
  'node:inspector': typeof import('node:inspector');
  'node:path': typeof import('node:path');
  'node:url': typeof import('node:url');
  'node:worker_threads': typeof import('node:worker_threads');
}

/** Throws where this build of Node has no such module, as some have no inspector. */
export function builtin<Id extends keyof Builtins>(id: Id): Builtins[Id] {
  // Node 20.16 and 22.3 have the first; any file will do to require from.
  const found = process.getBuiltinModule?.(id) ?? createRequire(process.execPath)(id);
  return found as Builtins[Id];
}
