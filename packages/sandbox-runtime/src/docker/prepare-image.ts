// Puts a template's own files into its image, once for each content: with a read-only root they
// cannot be added to a container, and a bind mount would need the engine on this very machine.
import { createHash } from 'node:crypto';
import { PlatformError } from '@pilotlight/contracts';
import type Docker from 'dockerode';
import type { SandboxSpec } from '../driver.ts';
import { encodeTar } from '../tar.ts';
import { engineFault, engineStatus } from './engine-error.ts';

const repository = 'pilotlight-prepared';

/**
 * The name of an image with the template's files in it, made if it is not there yet; doing it twice
 * at once makes the same image twice. Rejects with `unavailable` when the template's image is
 * missing. It is fetched only where its name says from which registry.
 */
export async function prepareImage(
  docker: Docker,
  template: SandboxSpec['template'],
): Promise<string> {
  const baseId = await ensureImage(docker, template.image);
  const hash = createHash('sha256').update(JSON.stringify([baseId, template.files]));
  const tag = hash.digest('hex').slice(0, 32);
  const name = `${repository}:${tag}`;
  if ((await imageId(docker, name)) !== undefined) return name;
  const container = await docker.createContainer({ Image: baseId, Cmd: ['true'] });
  try {
    const entries = template.files.map(({ path, content }) => ({
      path: path.replace(/^\/+/, ''),
      content: Buffer.from(content, 'utf8'),
    }));
    await container.putArchive(encodeTar(entries), { path: '/' });
    await container.commit({ repo: repository, tag });
    return name;
  } finally {
    await container.remove({ force: true });
  }
}

async function ensureImage(docker: Docker, reference: string): Promise<string> {
  const present = await imageId(docker, reference);
  if (present !== undefined) return present;
  if (!namesRegistry(reference)) {
    throw new PlatformError(
      'unavailable',
      `The image ${reference} is not on this engine; \`npm run images\` builds it.`,
    );
  }
  await pull(docker, reference);
  const pulled = await imageId(docker, reference);
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

async function imageId(docker: Docker, reference: string): Promise<string | undefined> {
  try {
    return (await docker.getImage(reference).inspect()).Id;
  } catch (error) {
    if (engineStatus(error) === 404) return undefined;
    throw engineFault(error);
  }
}
