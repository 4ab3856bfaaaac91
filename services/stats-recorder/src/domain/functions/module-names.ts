// What the name of a module says. Senders of others put whatever was given to `require` there.

/** What can be done about a module depends on whose it is. */
export type ModuleOwner = 'package' | 'own' | 'builtin' | 'unknown';

export interface ParsedName {
  readonly owner: ModuleOwner;
  /** Of a package: its name alone; else the whole name. */
  readonly base: string;
  /** Of a package's second copy: `2.1.0` of `moment@2.1.0`; else empty. */
  readonly copy: string;
}

const packageName = /^(@[^/@\s]+\/)?[^/@\s]+$/;

/** Node's own, as `require` takes them without `node:`. */
const builtins = new Set([
  ...[
    'assert',
    'async_hooks',
    'buffer',
    'child_process',
    'cluster',
    'console',
    'constants',
    'crypto',
  ],
  ...['dgram', 'diagnostics_channel', 'dns', 'domain', 'events', 'fs', 'http', 'http2', 'https'],
  ...[
    'inspector',
    'module',
    'net',
    'os',
    'path',
    'perf_hooks',
    'process',
    'punycode',
    'querystring',
  ],
  ...['readline', 'repl', 'stream', 'string_decoder', 'sys', 'timers', 'tls', 'tty', 'url', 'util'],
  ...['v8', 'vm', 'worker_threads', 'zlib'],
]);

/** It measures, so that nobody can be told to load it later. */
const analyzer = '@pilotlight/analyzer';

/** Never throws. `unknown`: no name at all, `(bundle)`, `(other modules)`, and the analyzer itself. */
export function parseName(name: string): ParsedName {
  const whole = (owner: ModuleOwner): ParsedName => ({ owner, base: name, copy: '' });
  if (name.startsWith('node:') || builtins.has(name)) return whole('builtin');
  if (/^(\.{0,2}\/|[A-Za-z]:[\\/]|file:)/.test(name)) return whole('own');
  const at = name.lastIndexOf('@');
  const base = at > 0 ? name.slice(0, at) : name;
  if (name.startsWith('(') || base === analyzer || !packageName.test(base)) return whole('unknown');
  return { owner: 'package', base, copy: at > 0 ? name.slice(at + 1) : '' };
}

/** Own code imports others through it: `./src/index`, `src/models/index.js`. */
export function isIndexFile(path: string): boolean {
  return /(^|\/)index(\.[cm]?[jt]sx?)?$/.test(path);
}
