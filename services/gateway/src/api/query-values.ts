// Query strings are text: values become what their schema says, where they are written so exactly.
import type { NamedSchema } from './body-names.ts';

/** In place. What is no number or boolean stays text, which the schema then refuses. */
export function readQuery(query: Record<string, unknown>, schema: NamedSchema): void {
  for (const [name, { type }] of Object.entries(schema.properties ?? {})) {
    const given = query[name];
    if (typeof given !== 'string') continue;
    if (type === 'integer' && /^-?\d{1,15}$/.test(given)) query[name] = Number(given);
    else if (type === 'number' && /^-?\d{1,15}(\.\d{1,15})?$/.test(given)) {
      query[name] = Number(given);
    } else if (type === 'boolean' && /^(true|false|1|0)$/.test(given)) {
      query[name] = given === 'true' || given === '1';
    } else if (type === 'array') query[name] = [given];
  }
}
