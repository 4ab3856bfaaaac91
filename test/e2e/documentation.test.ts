// The examples of the documentation do what it says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type RunExample, runExamples } from './documented-examples.ts';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

const docs = join(import.meta.dirname, '../../docs');

describe('the examples of', () => {
  const under = usePlatform({ templates: ['python', 'javascript', 'cpp'] });

  const setUp = () => {
    const { apiKey, http } = under.platform.endpoints;
    return `export PILOTLIGHT=${http} KEY=${apiKey}
api() { curl -sS --fail-with-body -w '\\n' -H "X-API-Key: $KEY" -H 'Content-Type: application/json' "$@"; }`;
  };

  // A reader comes later than the database, which takes seconds to open.
  beforeAll(async () => {
    await until('history answers', () =>
      under.client.stats().catch((error: { code?: string }) => {
        if (error.code === 'unavailable') return undefined;
        throw error;
      }),
    );
  });

  it.each(['api.md', 'piston.md'])('%s work', async (page) => {
    const examples = await runExamples(readFileSync(join(docs, page), 'utf8'), setUp());
    expect(examples.length).toBeGreaterThan(2);
    for (const example of examples.filter(({ shown }) => shown !== undefined)) {
      expect(lastAnswer(example), example.script).toMatchObject(shapeOf(example));
    }
  });
});

/** The last line that is JSON. */
function lastAnswer({ output }: RunExample): unknown {
  const lines = output.trimEnd().split('\n');
  return JSON.parse(lines.findLast((line) => /^[[{]/.test(line)) ?? '');
}

/** What the page shows, without what differs each time and what it leaves out. */
function shapeOf({ shown = '{}' }: RunExample): Record<string, unknown> {
  const answer = JSON.parse(shown) as Record<string, unknown>;
  const matched = Object.entries(answer).map(([name, value]) => [name, matcherOf(value)]);
  return Object.fromEntries(matched) as Record<string, unknown>;
}

function matcherOf(value: unknown): unknown {
  if (Array.isArray(value)) return expect.any(Array);
  if (value === '…') return expect.any(String);
  if (typeof value === 'object' && value !== null) return expect.any(Object);
  return typeof value === 'boolean' || typeof value === 'number' ? expect.anything() : value;
}
