// Where `pilotlight images` gets its facts: the graph from the checkout, the rest from an engine.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadConfig, optionalText, settings } from '@pilotlight/config';
import { PlatformError } from '@pilotlight/contracts';
import * as v from 'valibot';
import { type BuiltImage, type DeclaredImage, imageFileSchema } from './image-graph.ts';

const root = new URL('../../../../', import.meta.url);

const own = settings({
  dockerHost: optionalText({
    description: 'Docker engine whose images are shown; default the one that setup finds.',
  }),
});

export async function readDeclaredImages(): Promise<readonly DeclaredImage[]> {
  const text = await readFile(new URL('templates/images.json', root), 'utf8');
  return v.parse(imageFileSchema, JSON.parse(text)).images;
}

/** Rejects with `unavailable` where there is no engine. */
export async function readBuiltImages(): Promise<readonly BuiltImage[]> {
  const host = loadConfig(own).dockerHost ?? (await findEngine());
  const { listImages } = await import('@pilotlight/sandbox-runtime/images');
  return listImages(host);
}

const answer = v.union([
  v.object({ host: v.string() }),
  v.object({ host: v.null(), reason: v.string() }),
]);

/** Setup knows the usual sockets and the private engine; it exits with 1 where none answers. */
async function findEngine(): Promise<string> {
  const script = fileURLToPath(new URL('setup/docker-engine.mjs', root));
  const found = promisify(execFile)(process.execPath, [script, '--json']);
  const said = await found.catch((error: unknown) => error);
  const output = v.parse(v.object({ stdout: v.string() }), said).stdout;
  const engine = v.parse(answer, JSON.parse(output));
  if (engine.host !== null) return engine.host;
  throw new PlatformError(
    'unavailable',
    `${engine.reason.replace(/; start one, or say --start\.$/, '.')} Say: npm run images -- --start`,
  );
}
