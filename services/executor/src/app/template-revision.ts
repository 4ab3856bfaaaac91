// What "the same template" means where its starts are compared over time.
import { createHash } from 'node:crypto';
import type { Template } from '@pilotlight/contracts';

/** Say what a template is called, or what is done with a sandbox once it is ready. */
const named = ['name', 'description', 'language', 'aliases'] as const;
const afterwards = ['entry', 'compile', 'reuse', 'lsp_server'] as const;
const withoutEffect = new Set<string>([...named, ...afterwards] satisfies (keyof Template)[]);

/**
 * The first 12 hexadecimal digits of a SHA-256 over the template's definition in canonical JSON. Fields
 * that are new some day count until they are named above: a revision too many splits a history in two,
 * one too few would blame or praise the wrong change. Reads every file of the template: not for each event.
 */
export function templateRevision(template: Template): string {
  const effective = Object.entries(template).filter(([key]) => !withoutEffect.has(key));
  const files = template.files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const text = JSON.stringify({ ...Object.fromEntries(effective), files }, inOrder);
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** For `JSON.stringify`: keys in alphabetical order at every depth. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
