import { describe, expect, it } from 'vitest';
import { type BuiltImage, type DeclaredImage, imageRows, totalBytes } from './image-graph.ts';

const declared: readonly DeclaredImage[] = [
  { name: 'builder', layers: [] },
  { name: 'base', from: 'builder', layers: ['base-os'] },
  { name: 'node', from: 'base', layers: ['runtime'], maxMegabytes: 150 },
  { name: 'python', from: 'base', layers: ['runtime'], maxMegabytes: 60 },
  { name: 'site', from: 'node', layers: ['dependencies', 'code'] },
];

const image = (name: string, megabytes: number, ...layers: string[]): BuiltImage => ({
  name,
  sizeBytes: megabytes * 1e6,
  layers,
  labels: name === 'node' ? { 'pilotlight.version': '24.1.0' } : {},
});

const engine = [
  image('builder', 100, 'x'),
  image('base', 30, 'a'),
  image('node', 140, 'a', 'n'),
  image('python', 75, 'a', 'p'),
];

describe('imageRows', () => {
  it('puts each image after what it stands on, and tells what it adds', () => {
    const rows = imageRows(declared, [...engine, image('site', 200, 'a', 'n', 'd', 'c')]);
    expect(rows.map(({ name, depth }) => [name, depth])).toEqual([
      ['base', 0],
      ['node', 1],
      ['site', 2],
      ['python', 1],
    ]);
    expect(rows[1]).toEqual({
      ...{ name: 'node', from: 'base', depth: 1, layers: ['runtime'], version: '24.1.0' },
      ...{ sizeBytes: 140e6, ownBytes: 110e6, sharedBytes: 30e6, sharedLayers: 1 },
      ...{ limitBytes: 150e6, result: 'pass' },
    });
    expect(rows[2]).toMatchObject({ ownBytes: 60e6, sharedLayers: 2, result: 'no limit' });
    expect(totalBytes(rows)).toBe(30e6 + 110e6 + 60e6 + 45e6);
  });

  it.each([
    ['fail', 'python', engine],
    ['not built', 'site', engine],
    ['outdated', 'site', [...engine, image('site', 200, 'a', 'older', 'd')]],
    ['outdated', 'node', engine.filter(({ name }) => name !== 'base')],
  ])('says %s of %s', (result, name, built) => {
    expect(imageRows(declared, built).find((row) => row.name === name)?.result).toBe(result);
  });
});
