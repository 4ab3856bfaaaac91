// The images of templates/images.json beside what an engine has of them: what each adds to the one
// that it stands on, what they share, and whether it is as small as it should be. Pure.
import * as v from 'valibot';

const declaredImage = v.object({
  name: v.string(),
  from: v.optional(v.string()),
  layers: v.array(v.string()),
  maxMegabytes: v.optional(v.number()),
});

/** What `pilotlight images` needs of templates/images.json; setup/images has all of it. */
export const imageFileSchema = v.object({ images: v.array(declaredImage) });

export type DeclaredImage = v.InferOutput<typeof declaredImage>;

/** An image as an engine has it. Layers are digests, the lowest first. */
export interface BuiltImage {
  readonly name: string;
  readonly sizeBytes: number;
  readonly layers: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface ImageRow {
  readonly name: string;
  /** The image that it stands on; undefined for one that stands on none of ours. */
  readonly from: string | undefined;
  /** How many images stand below it. */
  readonly depth: number;
  /** Which of the seven layers it adds. */
  readonly layers: readonly string[];
  readonly version: string;
  /** All sizes are undefined while the image is not built. */
  readonly sizeBytes: number | undefined;
  /** Beyond the image that it stands on. */
  readonly ownBytes: number | undefined;
  /** Content that it has in common with the image that it stands on. */
  readonly sharedBytes: number | undefined;
  readonly sharedLayers: number;
  readonly limitBytes: number | undefined;
  readonly result: 'pass' | 'fail' | 'no limit' | 'not built' | 'outdated';
}

const megabyte = 1e6;

/** Images are built with it, and nothing is made of it. */
const builder = 'builder';

/** The graph from its roots to its leaves, each image right after what it stands on. */
export function imageRows(
  declared: readonly DeclaredImage[],
  built: readonly BuiltImage[],
): readonly ImageRow[] {
  const images = declared.filter(({ name }) => name !== builder);
  const onEngine = new Map(built.map((image) => [image.name, image]));
  const below = (from: string | undefined, depth: number): ImageRow[] =>
    images
      .filter((image) => baseOf(image) === from)
      .flatMap((image) => [row(image, depth, onEngine), ...below(image.name, depth + 1)]);
  return below(undefined, 0);
}

/** What all of them take on a disk, where each layer is kept once. */
export function totalBytes(rows: readonly ImageRow[]): number {
  return rows.reduce((sum, { ownBytes = 0 }) => sum + ownBytes, 0);
}

const baseOf = ({ from }: DeclaredImage) => (from === builder ? undefined : from);

function row(
  image: DeclaredImage,
  depth: number,
  onEngine: ReadonlyMap<string, BuiltImage>,
): ImageRow {
  const { name, layers, maxMegabytes } = image;
  const from = baseOf(image);
  const present = onEngine.get(name);
  const base = from === undefined ? undefined : onEngine.get(from);
  const limitBytes = maxMegabytes === undefined ? undefined : maxMegabytes * megabyte;
  const shared = { ownBytes: undefined, sharedBytes: undefined, sharedLayers: 0 };
  const plain = { name, from, depth, layers, limitBytes };
  if (present === undefined) {
    return { ...plain, ...shared, version: '', sizeBytes: undefined, result: 'not built' };
  }
  const { sizeBytes, labels } = present;
  const version = labels['pilotlight.version'] ?? '';
  // Built on an image that has since been replaced: nothing is shared with the one of that name.
  const isOutdated = from !== undefined && !(base !== undefined && beginsWith(present, base));
  if (isOutdated) return { ...plain, ...shared, version, sizeBytes, result: 'outdated' };
  const sharedBytes = base?.sizeBytes ?? 0;
  return {
    ...plain,
    version,
    sizeBytes,
    ownBytes: sizeBytes - sharedBytes,
    sharedBytes,
    sharedLayers: base?.layers.length ?? 0,
    result: limitBytes === undefined ? 'no limit' : sizeBytes < limitBytes ? 'pass' : 'fail',
  };
}

function beginsWith(image: BuiltImage, base: BuiltImage): boolean {
  return base.layers.every((layer, index) => image.layers[index] === layer);
}
