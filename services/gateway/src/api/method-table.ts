// Which methods an address knows, for 405 and OPTIONS.

/** Filled as routes are made. */
export class MethodTable {
  readonly #routes = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();

  /** `url` as routes name it: `:name` is one part, `*` the rest. */
  add(url: string, methods: readonly string[]): void {
    const known = this.#routes.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const method of methods) known.methods.add(method.toUpperCase());
    this.#routes.set(url, known);
  }

  /** In alphabetical order; none for an address that no route knows. */
  allowed(url: string): string[] {
    const path = url.split('?', 1)[0] ?? '';
    const found = new Set<string>();
    for (const { pattern, methods } of this.#routes.values()) {
      if (pattern.test(path)) for (const method of methods) found.add(method);
    }
    // Such as the preflight's own route, which says nothing of the address.
    const isOwn = [...found].some((method) => method !== 'OPTIONS');
    return isOwn ? [...found].toSorted() : [];
  }
}

function patternOf(url: string): RegExp {
  const parts = url.split(/(:[A-Za-z_]\w*|\*)/);
  const source = parts.map((part) => {
    if (part === '*') return '.*';
    return part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`);
}
