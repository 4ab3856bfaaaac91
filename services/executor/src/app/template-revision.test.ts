import type { Template } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { template } from '../testing/test-node.ts';
import { templateRevision } from './template-revision.ts';

const files = [
  { path: '/pilotlight/a', content: '1' },
  { path: '/pilotlight/b', content: '2' },
];
const python: Template = { ...template('python'), files };
const revision = templateRevision(python);

describe('the revision of a template', () => {
  it('is twelve hexadecimal digits, the same for the same definition', () => {
    expect(revision).toMatch(/^[0-9a-f]{12}$/);
    const reordered = Object.fromEntries(Object.entries(python).toReversed());
    const same = { ...python, ...reordered, files: files.toReversed() };
    expect(Object.keys(same)).toEqual(Object.keys(python));
    expect(templateRevision(same)).toBe(revision);
    const { limits } = python;
    const limitsReordered = Object.fromEntries(Object.entries(limits).toReversed());
    expect(templateRevision({ ...python, limits: { ...limits, ...limitsReordered } })).toBe(
      revision,
    );
  });

  it.each<[string, Partial<Template>]>([
    ['its image', { image: 'python:newer' }],
    ['its runner', { runner: { argv: ['python3', '-X', 'importtime'], files: [] } }],
    ['a file', { files: [...files.slice(1), { path: '/pilotlight/a', content: '3' }] }],
    ['its environment', { env: { A: '1' } }],
    ['its cpus', { limits: { ...python.limits, cpus: 2 } }],
    ['its isolation', { isolation: 'gvisor' }],
    ['its probe', { probe: { port: 1, path: '/', period_seconds: 1, failure_threshold: 3 } }],
  ])('changes with %s', (_, changed) => {
    expect(templateRevision({ ...python, ...changed })).not.toBe(revision);
  });

  it.each<[string, Partial<Template>]>([
    ['its description', { description: 'nicer' }],
    ['its aliases', { aliases: ['py'] }],
    ['what comes after the start', { compile: { timeout_seconds: 9, memory_mb: 512 } }],
  ])('does not change with %s', (_, changed) => {
    expect(templateRevision({ ...python, ...changed })).toBe(revision);
  });
});
