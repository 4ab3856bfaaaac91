// Puts a template's own files into its image, once for each content: with a read-only root they
// cannot be added to a container, and a bind mount would need the engine on this very machine.
import { createHash } from 'node:crypto';
import { PlatformError } from '@pilotlight/contracts';
import type Docker from 'dockerode';
import type { SandboxSpec } from '../driver.ts';
import { pathBelow } from '../platform-path.ts';
import { encodeTar } from '../tar.ts';
import { engineFault, engineStatus } from './engine-error.ts';

const repository = 'pilotlight-prepared';

/** Names the version of what a template's image is made for. */
const versionLabel = 'pilotlight.version';

/** An image that containers can be made of. */
export interface PreparedImage {
  readonly name: string;
  /** Dotted numbers; empty where the image does not say. */
  readonly version: string;
}

interface Found {
  readonly id: string;
  readonly version: string;
}

/**
 * An image with the template's files in it, made if it is not there yet; doing it twice at once
 * makes the same image twice. Rejects with `unavailable` when the template's image is missing. It
 * is fetched only where its name says from which registry; `say` hears of that.
 */
export async function prepareImage(
  docker: Docker,
  template: SandboxSpec['template'],
  say: (step: string) => void,
): Promise<PreparedImage> {
  const { id: baseId, version } = await ensureImage(docker, template.image, say);
  const hash = createHash('sha256').update(JSON.stringify([baseId, template.files]));
  const tag = hash.digest('hex').slice(0, 32);
  const name = `${repository}:${tag}`;
  if ((await findImage(docker, name)) !== undefined) return { name, version };
  const container = await docker.createContainer({ Image: baseId, Cmd: ['true'] });
  try {
    const entries = template.files.map(({ path, content }) => ({
      path: pathBelow('/', path),
      content: Buffer.from(content, 'utf8'),
    }));
    await container.putArchive(encodeTar(entries), { path: '/' });
    await container.commit({ repo: repository, tag });
    return { name, version };
  } finally {
    await container.remove({ force: true });
  }
}

async function ensureImage(
  docker: Docker,
  reference: string,
  say: (step: string) => void,
): Promise<Found> {
  const present = await findImage(docker, reference);
  if (present !== undefined) return present;
  if (!namesRegistry(reference)) {
    throw new PlatformError(
      'unavailable',
      `The image ${reference} is not on this engine; \`npm run images\` builds it.`,
    );
  }
  say(`pulling ${reference}`);
  await pull(docker, reference);
  const pulled = await findImage(docker, reference);
  if (pulled !== undefined) return pulled;
  throw new PlatformError('unavailable', `The registry has no image ${reference}.`);
}

/** A short name would be looked up in a public registry, where anybody may own it. */
function namesRegistry(reference: string): boolean {
  const first = reference.split('/', 1)[0] ?? '';
  return first !== reference && (/[.:]/.test(first) || first === 'localhost');
}

async function pull(docker: Docker, reference: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  try {
    docker.modem.followProgress(await docker.pull(reference), (error) =>
      error === null ? resolve() : reject(error),
    );
    await promise;
  } catch (error) {
    throw new PlatformError('unavailable', `The image ${reference} cannot be fetched.`, {
      cause: error,
    });
  }
}

async function findImage(docker: Docker, reference: string): Promise<Found | undefined> {
  try {
    const { Id: id, Config } = await docker.getImage(reference).inspect();
    return { id, version: Config?.Labels?.[versionLabel] ?? '' };
  } catch (error) {
    if (engineStatus(error) === 404) return undefined;
    throw engineFault(error);
  }
}
