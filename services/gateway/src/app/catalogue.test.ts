import { ManualClock } from '@pilotlight/lifecycle';
import { createMemoryBus, type KeyValue, type MemoryBus } from '@pilotlight/messaging';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Catalogue } from './catalogue.ts';
import { Versions } from './versions.ts';

let bus: MemoryBus;
let templates: KeyValue;
let policies: KeyValue;
let versions: Versions;
let catalogue: Catalogue;
let warned: string[];
let following: Promise<void>;
let end: AbortController;

const put = (name: string, value: object) =>
  templates.put(name, Buffer.from(JSON.stringify(value)));
const python = { name: 'python', language: 'python', aliases: ['py'] };

/** Resolves at the next change of a version. */
const changed = () => new Promise<void>((resolve) => versions.onChange(resolve));

beforeEach(async () => {
  bus = createMemoryBus();
  [templates, policies] = [await bus.bucket('templates'), await bus.bucket('policies')];
  await put('python', python);
  versions = new Versions();
  warned = [];
  catalogue = new Catalogue(new ManualClock(), versions);
  end = new AbortController();
  const log = { warn: (_: object, message: string) => void warned.push(message) };
  following = catalogue.follow({ templates, policies }, end.signal, log);
  await catalogue.ready;
});
afterEach(async () => {
  end.abort();
  await following;
  await bus.close();
});

it('knows what is there by name, language and alias', () => {
  expect(catalogue.templates).toMatchObject([python]);
  expect(catalogue.find('py')).toMatchObject(python);
  expect(catalogue.find('perl')).toBeUndefined();
});

it('tells of another revision, and not of the same one again', async () => {
  const before = versions.of(['template:python', 'policy:python']);
  await put('python', python);
  const later = changed();
  await put('python', { ...python, aliases: [] });
  await later;
  expect(versions.isStale(before)).toBe(true);
  const now = versions.of(['template:python']);
  const again = changed();
  await put('python', { ...python, aliases: [] });
  await put('go', { name: 'go', aliases: [] });
  await again;
  expect(versions.isStale(now)).toBe(false);
});

it('tells of another policy', async () => {
  const before = versions.of(['policy:python']);
  const later = changed();
  await policies.put('python', Buffer.from('{"policy":{"min_size":2}}'));
  await later;
  expect(versions.isStale(before)).toBe(true);
});

it('forgets what is removed, and keeps what it had where an entry cannot be read', async () => {
  await templates.put('python', Buffer.from('no JSON'));
  await put('python', { name: 'python' });
  const later = changed();
  await put('go', { name: 'go', aliases: [] });
  await later;
  expect(catalogue.find('python')).toMatchObject(python);
  expect(warned).toHaveLength(2);
  const removed = changed();
  await templates.remove('python');
  await removed;
  expect(catalogue.find('python')).toBeUndefined();
});
