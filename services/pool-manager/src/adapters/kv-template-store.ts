// The catalogue in KV `templates`, one key for each template.
import type { KeyValue } from '@pilotlight/messaging';
import type { TemplateStore } from '../app/ports.ts';

export function kvTemplateStore(bucket: KeyValue): TemplateStore {
  return {
    async publish(templates) {
      const names = new Set(templates.map(({ name }) => name));
      for (const name of await storedNames(bucket)) {
        if (!names.has(name)) await bucket.remove(name);
      }
      for (const template of templates) {
        const value = Buffer.from(JSON.stringify(template));
        const stored = await bucket.get(template.name);
        if (stored === undefined || !value.equals(stored.value))
          await bucket.put(template.name, value);
      }
    },
  };
}

async function storedNames(bucket: KeyValue): Promise<readonly string[]> {
  const enough = new AbortController();
  const names: string[] = [];
  for await (const change of bucket.watch(enough.signal)) {
    if (change.kind === 'put') names.push(change.entry.key);
    if (change.kind === 'caught_up') break;
  }
  enough.abort();
  return names;
}
