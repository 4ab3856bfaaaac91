// template.yaml as a value, and where in the text each part of it stands.
import { isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { Place, TemplateDocument } from '../domain/template-folder.ts';

/** Every mistake of the syntax at once, or the value. Duplicate keys are mistakes. */
export function parseTemplateYaml(text: string): TemplateDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (document.errors.length > 0) {
    return {
      mistakes: document.errors.map(({ message, pos }) => ({
        place: placeAt(pos[0]),
        problem: `is not YAML: ${message}`,
      })),
    };
  }
  const root = document.contents;
  return {
    value: document.toJS() as unknown,
    placeOf: (path) => placeAt(offsetOf(root, path) ?? 0),
  };
}

/** Where the value at the path begins; of what is missing, where the part begins that lacks it. */
function offsetOf(root: Node | null, path: readonly PropertyKey[]): number | undefined {
  let node: unknown = root;
  let offset = root?.range?.[0];
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
      if (pair === undefined) return offset;
      if (isNode(pair.key)) offset = pair.key.range?.[0];
      node = pair.value;
    } else if (typeof node === 'object' && node !== null && 'items' in node) {
      node = (node.items as unknown[])[Number(key)];
      if (isNode(node)) offset = node.range?.[0];
    } else return offset;
  }
  return offset;
}
