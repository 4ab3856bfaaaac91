import { describe, expect, it } from 'vitest';
import { checkedGraph, readGraph, reasonToBuild, recipeOf, selectImages } from './graph.mjs';

const image = (name, from, ...layers) => ({ name, from, layers });
const graph = [
  image('builder', undefined),
  image('base', 'builder', 'base-os'),
  image('node', 'base', 'runtime'),
  image('python', 'base', 'runtime'),
  image('site', 'node', 'dependencies', 'code'),
];

/** Builds what is outdated, as `npm run images` does, and answers what that was. */
function buildAll(images, recipes, engine) {
  const built = [];
  for (const { name, from } of images) {
    const fromId = engine.get(from)?.id ?? 'debian';
    const recipe = recipes[name] ?? name;
    if (reasonToBuild({ present: engine.get(name), recipe, fromId, from }) === undefined) continue;
    engine.set(name, { id: recipeOf([recipe, fromId]), recipe, fromId });
    built.push(name);
  }
  return built;
}

describe('the graph of images', () => {
  it.each([
    ['nothing', {}, []],
    ['a leaf', { site: 'new' }, ['site']],
    ['a runtime', { node: 'new' }, ['node', 'site']],
    ['the base', { base: 'new' }, ['base', 'node', 'python', 'site']],
  ])('rebuilds what stands on %s when that changes', (_, changed, expected) => {
    const engine = new Map();
    expect(buildAll(graph, {}, engine)).toEqual(graph.map(({ name }) => name));
    expect(buildAll(graph, changed, engine)).toEqual(expected);
    expect(buildAll(graph, changed, engine)).toEqual([]);
  });

  it('rebuilds what stands on an image that was built again by force', () => {
    const engine = new Map();
    buildAll(graph, {}, engine);
    engine.set('python', { ...engine.get('python'), id: 'other packages' });
    engine.set('node', { ...engine.get('node'), id: 'other packages' });
    expect(buildAll(graph, {}, engine)).toEqual(['site']);
  });

  it('says why', () => {
    const present = { recipe: 'r', fromId: 'f' };
    const wanted = { present, recipe: 'r', fromId: 'f', from: 'base' };
    expect(reasonToBuild(wanted)).toBeUndefined();
    expect(reasonToBuild({ ...wanted, present: undefined })).toBe('it is not there yet');
    expect(reasonToBuild({ ...wanted, recipe: 'x' })).toBe('its recipe has changed');
    expect(reasonToBuild({ ...wanted, fromId: 'x' })).toBe('base has changed');
  });

  it('selects images with all that they need', () => {
    const names = (...wanted) => selectImages(graph, wanted).map(({ name }) => name);
    expect(names('site')).toEqual(['builder', 'base', 'node', 'site']);
    expect(names()).toEqual(['builder', 'base', 'node', 'python', 'site']);
    expect(() => names('nonesuch')).toThrow('There is no image nonesuch.');
  });

  it('names every mistake at once', () => {
    const wrong = [
      image('base', 'builder', 'base-os'),
      image('base', undefined, 'varnish'),
      image('site', 'base', 'code', 'runtime'),
    ];
    expect(() => checkedGraph(wrong)).toThrow(
      /base starts from builder.*base is there twice.*base has no such layer as varnish.*layers of site/,
    );
  });

  it('is without mistakes', () => {
    expect(readGraph().length).toBeGreaterThan(5);
  });
});
