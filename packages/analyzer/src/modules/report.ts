// From single files to what is reported: files gathered by package, inclusive times, bounds. Pure; versions
// are asked for, and only where they are told.
import { bounded, hasNoFile, partsOf, pathFrom, placeOf } from './module-name.ts';
import { OVERFLOW_ID, type TimedModule } from './timeline.ts';

/** One package, own file or builtin, as the ingest API takes it. Members it knows nothing of are left out. */
export interface ModuleDetail {
  readonly module: string;
  /** First file of it that was loaded, from the function's folder. */
  readonly path?: string;
  /** Module that loaded it first; left out where nothing timed did: the function's own entry, or a preload. */
  readonly parent?: string;
  /** Milliseconds in its own files. */
  readonly self_ms: number;
  /** Milliseconds with all that it was the first to load. */
  readonly total_ms: number;
  readonly version?: string;
  /** Files of it that were loaded. */
  readonly files: number;
  /** Whether code of it ran in the handler's first call; left out where that is not sure. */
  readonly used?: boolean;
}

export interface ModuleReport {
  /** Inclusive milliseconds by module, over 1 ms. */
  readonly timings: Record<string, number>;
  /** The same modules, the longest in self time first. */
  readonly details: readonly ModuleDetail[];
}

/** What a report needs besides times. */
export interface ReportContext {
  /** Absolute. */
  readonly functionFolder: string;
  /** Whether this file is no part of the function; what it loaded then begins with the file itself. */
  leftOut(file: string): boolean;
  /** Of the package in this folder; undefined where there is none to read. */
  versionOf(packageRoot: string): string | undefined;
  /** Whether this own file holds packages that a bundler put in. */
  isBundle(file: string): boolean;
  /** Whether one of these files ran in the first call. */
  usedOf(files: readonly string[]): boolean | undefined;
}

const MIN_MS = 1;
const MAX_ENTRIES = 500;
/** What a bundler put into one file cannot be told apart: its bodies are one body. */
const BUNDLE_NAME = '(bundle)';

interface Node {
  readonly file: string;
  parent: Node | undefined;
  selfMs: number;
  totalMs: number;
  /** Set when it is asked for first. */
  depth: number | undefined;
  readonly isLeftOut: boolean;
  group: Group | undefined;
}

interface Group {
  readonly name: string;
  readonly packageRoot: string | undefined;
  /** The one nearest to the entry. */
  top: Node;
  readonly nodes: Node[];
  selfMs: number;
  totalMs: number;
}

/** `modules` carry file names (not URLs) as ids and parents; several of one file are one. */
export function reportOf(modules: readonly TimedModule[], context: ReportContext): ModuleReport {
  const groups = groupsOf(nodesOf(modules, context), context);
  const reported = groups.filter((it) => it.totalMs > MIN_MS);
  return { timings: timingsOf(reported), details: detailsOf(reported, context) };
}

function nodesOf(modules: readonly TimedModule[], { leftOut }: ReportContext): Node[] {
  const byFile = new Map<string, Node>();
  for (const { id: file, selfMs } of modules) {
    const node = byFile.get(file);
    if (node !== undefined) node.selfMs += selfMs;
    else {
      byFile.set(file, {
        ...{ file, selfMs, parent: undefined, group: undefined },
        ...{ totalMs: 0, depth: undefined, isLeftOut: leftOut(file) },
      });
    }
  }
  for (const { id, parent } of modules) {
    const node = byFile.get(id);
    const above = parent === undefined ? undefined : byFile.get(parent);
    if (node === undefined || above === undefined || node.parent !== undefined) continue;
    if (!isWithin(above, (it) => it === node)) node.parent = above;
  }
  const nodes = [...byFile.values()].filter((it) => !it.isLeftOut);
  for (const node of nodes) {
    while (node.parent?.isLeftOut) node.parent = node.parent.parent;
  }
  for (const node of [...nodes].sort((a, b) => depthOf(b) - depthOf(a))) {
    node.totalMs += node.selfMs;
    if (node.parent !== undefined) node.parent.totalMs += node.totalMs;
  }
  return nodes;
}

/** Whether it is so of the node or of one above it. */
function isWithin(node: Node | undefined, so: (node: Node) => boolean): boolean {
  for (let it = node; it !== undefined; it = it.parent) if (so(it)) return true;
  return false;
}

/** How many are above it. */
function depthOf(node: Node): number {
  node.depth ??= node.parent === undefined ? 0 : depthOf(node.parent) + 1;
  return node.depth;
}

function groupsOf(nodes: readonly Node[], context: ReportContext): Group[] {
  const groups = new Map<string, Group>();
  const names = copyNames(context);
  const bundles = new Set<string>();
  for (const node of nodes) {
    const { file, bundled } = partsOf(node.file);
    if (bundled?.includes('node_modules')) bundles.add(file);
  }
  const isBundle = (file: string) =>
    bundles.has(file) || (partsOf(file).bundled === undefined && context.isBundle(file));
  for (const node of nodes) {
    const { name: place, packageRoot } = placeOf(node.file, context.functionFolder);
    const own = packageRoot === undefined && !hasNoFile(node.file) && node.selfMs > MIN_MS;
    const name = own && isBundle(node.file) ? BUNDLE_NAME : names(place, packageRoot);
    let group = groups.get(name);
    if (group === undefined) {
      group = { name, packageRoot, top: node, nodes: [], selfMs: 0, totalMs: 0 };
      groups.set(name, group);
    }
    group.nodes.push(node);
    group.selfMs += node.selfMs;
    if (depthOf(node) < depthOf(group.top)) group.top = node;
    node.group = group;
  }
  for (const group of groups.values()) {
    for (const node of group.nodes) {
      if (!isWithin(node.parent, (it) => it.group === group)) group.totalMs += node.totalMs;
    }
  }
  return [...groups.values()];
}

/** A package's first copy has its name, each further one `name@version`. */
function copyNames(context: ReportContext) {
  const roots = new Map<string, string>();
  const further = new Map<string, string>();
  return (name: string, packageRoot: string | undefined): string => {
    if (packageRoot === undefined) return name;
    const first = roots.get(name);
    if (first === undefined) roots.set(name, packageRoot);
    if (first === undefined || first === packageRoot) return name;
    let copy = further.get(packageRoot);
    if (copy === undefined) {
      copy = bounded(`${name}@${context.versionOf(packageRoot) ?? 'unknown'}`);
      further.set(packageRoot, copy);
    }
    return copy;
  };
}

const rounded = (ms: number): number => Math.round(ms * 100) / 100;

/** What is past the bound is summed in self time, so that nothing counts twice. */
function timingsOf(groups: readonly Group[]): Record<string, number> {
  const byTotal = [...groups].sort((a, b) => b.totalMs - a.totalMs);
  const entries = byTotal
    .slice(0, MAX_ENTRIES)
    .map((it): [string, number] => [it.name, rounded(it.totalMs)]);
  const rest = byTotal.slice(MAX_ENTRIES);
  if (rest.length > 0) {
    const kept = entries.find(([name]) => name === OVERFLOW_ID);
    const restMs = rest.reduce((sum, it) => sum + it.selfMs, 0);
    if (kept === undefined) entries.push([OVERFLOW_ID, rounded(restMs)]);
    else kept[1] = rounded(kept[1] + restMs);
  }
  // Not by assignment: a folder may be called __proto__.
  return Object.fromEntries(entries);
}

function detailsOf(groups: readonly Group[], context: ReportContext): ModuleDetail[] {
  return [...groups]
    .sort((a, b) => b.selfMs - a.selfMs)
    .slice(0, MAX_ENTRIES)
    .map((group) => {
      const parent = parentOf(group);
      const file = group.nodes[0]?.file ?? '';
      const version =
        group.packageRoot === undefined ? undefined : context.versionOf(group.packageRoot);
      const used = context.usedOf(group.nodes.map((it) => it.file));
      return {
        module: group.name,
        ...(hasNoFile(file) ? {} : { path: pathFrom(context.functionFolder, file) }),
        ...(parent === undefined ? {} : { parent }),
        self_ms: rounded(group.selfMs),
        total_ms: rounded(group.totalMs),
        ...(version === undefined ? {} : { version }),
        files: new Set(group.nodes.map((it) => partsOf(it.file).file)).size,
        ...(used === undefined ? {} : { used }),
      };
    });
}

function parentOf({ top }: Group): string | undefined {
  for (let it = top.parent; it !== undefined; it = it.parent) {
    if (it.group !== top.group) return it.group?.name;
  }
  return undefined;
}
