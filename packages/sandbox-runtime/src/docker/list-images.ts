// What an engine knows of the images that `npm run images` has built.
/// <reference path="./dockerode.d.ts" />
import Docker from 'dockerode';
import { engineConnection } from './engine-connection.ts';
import { engineFault } from './engine-error.ts';

/** One image as it is on the engine. */
export interface ImageFacts {
  /** Without repository and tag: `python`. */
  readonly name: string;
  /** With everything that it stands on. */
  readonly sizeBytes: number;
  /** Content digests, the lowest layer first; images that begin alike share what they begin with. */
  readonly layers: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

const tag = /^pilotlight\/([a-z0-9-]+):latest$/;

/** Every `pilotlight/NAME:latest`. Rejects with `unavailable` where no engine answers at `host`. */
export async function listImages(host: string): Promise<readonly ImageFacts[]> {
  const docker = new Docker(engineConnection(host));
  try {
    const found = await docker.listImages({ filters: { reference: ['pilotlight/*:latest'] } });
    const names = found
      .flatMap(({ RepoTags }) => RepoTags ?? [])
      .flatMap((reference) => tag.exec(reference)?.[1] ?? []);
    return await Promise.all(names.map((name) => inspect(docker, name)));
  } catch (error) {
    throw engineFault(error);
  }
}

async function inspect(docker: Docker, name: string): Promise<ImageFacts> {
  const image = await docker.getImage(`pilotlight/${name}`).inspect();
  return {
    name,
    sizeBytes: image.Size,
    layers: image.RootFS.Layers ?? [],
    labels: image.Config?.Labels ?? {},
  };
}
