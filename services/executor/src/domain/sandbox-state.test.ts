import { sandboxStates } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { eventOfMove, isEnded, mayMove } from './sandbox-state.ts';

describe('the life of a sandbox', () => {
  it('goes the usual way', () => {
    const usual = ['requested', 'creating', 'starting', 'ready', 'leased', 'stopping', 'stopped'];
    const states = usual.map((name) => sandboxStates.find((state) => state === name));
    const moves = states.slice(1).map((to, i) => [states[i], to] as const);
    for (const [from, to] of moves) {
      expect(from !== undefined && to !== undefined && mayMove(from, to)).toBe(true);
    }
  });

  it('can fail from every state that is not an end', () => {
    for (const state of sandboxStates) expect(mayMove(state, 'failed')).toBe(!isEnded(state));
  });

  it('never leaves an end', () => {
    for (const end of ['stopped', 'failed'] as const) {
      for (const to of sandboxStates) expect(mayMove(end, to)).toBe(false);
    }
  });

  it('is leased only when ready or paused, so never twice', () => {
    expect(sandboxStates.filter((from) => mayMove(from, 'leased'))).toEqual(['ready', 'paused']);
  });

  it('tells of a thaw as resumed, and of stopping not at all', () => {
    expect(eventOfMove('paused', 'leased')).toBe('resumed');
    expect(eventOfMove('ready', 'leased')).toBe('leased');
    expect(eventOfMove('leased', 'stopping')).toBeUndefined();
  });
});
