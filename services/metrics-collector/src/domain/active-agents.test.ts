import { expect, it } from 'vitest';
import { ActiveAgents } from './active-agents.ts';

it('counts each once, for a minute after its last activity', () => {
  const agents = new ActiveAgents(100);
  agents.seen('a', 0);
  agents.seen('b', 0);
  agents.seen('a', 30_000);
  expect(agents.count(59_999)).toBe(2);
  expect(agents.count(60_000)).toBe(1);
  expect(agents.count(90_000)).toBe(0);
});

it('stays within its memory', () => {
  const agents = new ActiveAgents(10);
  for (let user = 0; user < 1_000; user++) agents.seen(`user-${user}`, 0);
  expect(agents.count(0)).toBe(10);
});
