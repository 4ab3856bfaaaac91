// What the other tests rely on: that a platform leaves nothing, and that it would be noticed.
import { describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';
import { leftoversOf, sandboxProcesses } from './leftovers.ts';
import { until } from './until.ts';

describe('a platform', () => {
  const under = usePlatform();

  it('has warm sandboxes without being asked, each in a control group of its own', async () => {
    await until('a sandbox waits', () => sandboxProcesses(under.node).length > 0);
  });

  it('is seen by the check that looks for leftovers, as long as it runs', () => {
    const seen = leftoversOf(under.marks);
    for (const what of [/^process \d+$/, /of a sandbox$/, /^control group/, /^directory/]) {
      expect(seen).toContainEqual(expect.stringMatching(what));
    }
  });
});
