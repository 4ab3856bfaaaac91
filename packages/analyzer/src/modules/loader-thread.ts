// ES modules on Node versions without synchronous hooks (18.19 to 22.14): a loader thread of Node's own
// appends the marks. The thread sees the reading of files, the main thread their evaluation, and only the
// latter is timed; a body that waits for `import()` is timed from there on. Starting the thread costs tens
// of milliseconds.
import { LINKED_PREFIX, STATIC_IMPORT } from './marks.ts';
import { MAX_MODULES } from './timeline.ts';

/** The hooks as the source of a module, because a thread needs a URL and the SDK is one file. */
const source = `
const parents = new Map(), graphs = new Map(), roots = new Set(), read = new Set();
const linked = ${JSON.stringify(LINKED_PREFIX)}, staticImport = ${STATIC_IMPORT};
let last = 0;
export async function resolve(specifier, context, next) {
  const result = await next(specifier, context);
  const { url } = result, parent = context.parentURL;
  if (/^(node|data):/.test(url) || parents.has(url) || parents.size >= ${MAX_MODULES}) return result;
  parents.set(url, parent);
  // What a module imports after its static imports were read begins another graph: import().
  const isRoot = parent === undefined || read.has(parent);
  if (isRoot) roots.add(url);
  graphs.set(url, isRoot ? ++last : graphs.get(parent) ?? last);
  return result;
}
export async function load(url, context, next) {
  const result = await next(url, context);
  if (url.startsWith('data:') || result.format !== 'module' || result.source == null) return result;
  const text = typeof result.source === 'string' ? result.source : new TextDecoder().decode(result.source);
  const parent = parents.get(url), leaf = !staticImport.test(text);
  read.add(parent);
  if (leaf) read.add(url);
  const start = leaf || roots.has(url) ? 'import ' + JSON.stringify(linked + graphs.get(url)) + ';' : '';
  const values = JSON.stringify(url) + (parent === undefined ? '' : ',' + JSON.stringify(parent));
  const mark = 'try{globalThis[Symbol.for("@pilotlight/analyzer")].modules.evaluated(' + values + ')}catch{}';
  return { ...result, source: text + '\\n;' + start + mark };
}
`;

/** URL of the loader. */
export const loaderUrl = (): string => `data:text/javascript,${encodeURIComponent(source)}`;
