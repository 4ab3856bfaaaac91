// The text that tells, from inside an ES module, how far evaluation is. It runs in the module's own scope,
// where any name may mean something else, so it must never throw.

const recorder = 'globalThis[Symbol.for("@pilotlight/analyzer")].modules';

/**
 * Begins the specifiers of modules whose evaluation tells that a graph has been linked; a number makes
 * each one another module. A data URL, because Node loads it also when the hooks are gone.
 */
export const LINKED_PREFIX = `data:text/javascript,${encodeURIComponent(`try{${recorder}.linked()}catch{}//`)}`;

/** A static import of anything but a builtin, for the loader thread. */
export const STATIC_IMPORT = /\b(?:from|import)\s*["'](?!node:)/;

/**
 * The same as {@link STATIC_IMPORT}, in a hundredth of the time: V8 interprets an expression that it has
 * seldom run. A match in a comment costs nothing but accuracy.
 */
function importsOthers(source: string): boolean {
  for (const word of ['from', 'import']) {
    for (let at = source.indexOf(word); at >= 0; at = source.indexOf(word, at)) {
      at += word.length;
      while (source.charCodeAt(at) <= 32) at += 1;
      const quote = source[at];
      if ((quote === '"' || quote === "'") && !source.startsWith('node:', at + 1)) return true;
    }
  }
  return false;
}

/**
 * The source with a call at its end, after its last line: nothing before it moves. The root of a graph, and
 * a module that imports no other, may be the first to be evaluated; they get an import, too, which is
 * hoisted and runs right before their body. Of one `graph`, only the first such import runs anything.
 */
export function withEndMark(source: string, url: string, graph: number, isRoot: boolean): string {
  const linked =
    isRoot || !importsOthers(source) ? `import ${JSON.stringify(LINKED_PREFIX + graph)};` : '';
  return `${source}\n;${linked}try{${recorder}.evaluated(${JSON.stringify(url)})}catch{}`;
}
