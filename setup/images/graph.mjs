// The images of templates/images.json: what each starts from, and which of them have to be built.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The seven layers in their order, by how rarely they change; an image may add several. */
export const layerNames = [
  ...['base-os', 'runtime', 'system-packages', 'global-tools'],
  ...['dependencies', 'build-artefacts', 'code'],
];

/** The whole graph, checked. */
export function readGraph() {
  const path = new URL('../../templates/images.json', import.meta.url);
  return checkedGraph(JSON.parse(readFileSync(path, 'utf8')).images);
}

/** Every mistake at once: then nobody has to build to find the next one. */
export function checkedGraph(images) {
  const mistakes = images.flatMap((image, index) => {
    const before = images.slice(0, index).map(({ name }) => name);
    return [
      ...(before.includes(image.name) ? [`${image.name} is there twice`] : []),
      ...(image.from === undefined || before.includes(image.from)
        ? []
        : [`${image.name} starts from ${image.from}, which does not stand above it`]),
      ...layerMistakes(image, images),
    ];
  });
  if (mistakes.length > 0) throw new Error(`templates/images.json: ${mistakes.join('; ')}.`);
  return images;
}

/** What changes often must not be below what changes rarely. */
function layerMistakes({ name, from, layers }, images) {
  const unknown = layers.filter((layer) => !layerNames.includes(layer));
  if (unknown.length > 0) return unknown.map((layer) => `${name} has no such layer as ${layer}`);
  const below = images.find((image) => image.name === from)?.layers.at(-1);
  const order = [below, ...layers].filter(Boolean).map((layer) => layerNames.indexOf(layer));
  const isSorted = order.every((rank, index) => index === 0 || rank > order[index - 1]);
  return isSorted ? [] : [`the layers of ${name} are not above those of ${from ?? 'nothing'}`];
}

/** These images and what they need, in the order of building; all where none is named. */
export function selectImages(images, names) {
  const unknown = names.filter((name) => !images.some((image) => image.name === name));
  if (unknown.length > 0) throw new Error(`There is no image ${unknown.join(', ')}.`);
  if (names.length === 0) return images;
  const wanted = new Set(names);
  for (const { name, from } of images.toReversed()) {
    if (wanted.has(name) && from !== undefined) wanted.add(from);
  }
  if (images.some(({ name }) => wanted.has(name))) wanted.add(builder);
  return images.filter(({ name }) => wanted.has(name));
}

/** The image that others are built with, whatever they start from. */
export const builder = 'builder';

/** What an image is made of, beside the one that it starts from, as a fingerprint. */
export function recipeOf(ingredients) {
  return createHash('sha256').update(JSON.stringify(ingredients)).digest('hex');
}

/**
 * Why an image has to be built, or undefined. `present` is what is on the engine: the recipe that it
 * was built with and the image that it was built on.
 */
export function reasonToBuild({ present, recipe, fromId, from }) {
  if (present === undefined) return 'it is not there yet';
  if (present.recipe !== recipe) return 'its recipe has changed';
  if (present.fromId !== fromId) return `${from} has changed`;
  return undefined;
}
