// Builds one image: its folder below templates/ says how, and what of this machine goes into it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aptProxies } from './base.mjs';
import { contextIngredients, fillContext } from './context.mjs';
import { builder, reasonToBuild, recipeOf } from './graph.mjs';

export const nameOf = (image) => `pilotlight/${image}`;

/**
 * Builds the image unless the same recipe on the same image is there already. `force` builds in any
 * case, with the packages that the mirror has now. Throws with what the build said.
 */
export function buildImage({ docker, image, root, force, progress, say }) {
  const name = nameOf(image.name);
  const from = image.from === undefined ? root : nameOf(image.from);
  const fromId = docker.imageId(from);
  const arch = docker.arch();
  const { maxMegabytes: _, ...declared } = image;
  const recipe = recipeOf([declared, arch, contextIngredients({ image, arch })]);
  const present = docker.present(name);
  const reason = force
    ? 'it was asked for'
    : reasonToBuild({ present, recipe, fromId, from: image.from ?? root });
  if (reason === undefined) {
    say(`${progress} ${name} is up to date.`);
    return { name, id: present.id, built: false };
  }
  say(`${progress} Building ${name} from ${from}: ${reason}.`);
  const begun = performance.now();
  const context = mkdtempSync(join(tmpdir(), 'pilotlight-image-'));
  try {
    fillContext({ image, arch, context, say });
    runBuild({ docker, name, from, force, context });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
  label({ docker, image, name, recipe, fromId });
  const made = docker.present(name);
  const seconds = ((performance.now() - begun) / 1_000).toFixed(0);
  say(`${progress} ${name}: ${Math.round(made.sizeBytes / 1e6)} MB in ${seconds} s.`);
  return { name, id: made.id, built: true };
}

/** Packages come over the host's own network, because a private engine has no bridge. */
function runBuild({ docker, name, from, force, context }) {
  const settings = { BASE: from, BUILDER: nameOf(builder), ...aptProxies() };
  const declared = readFileSync(join(context, 'Dockerfile'), 'utf8');
  const used = Object.entries(settings).filter(
    ([key]) => key.endsWith('proxy') || declared.includes(`ARG ${key}=`),
  );
  docker.must(`Building ${name}`, [
    ...['build', '--network', 'host', '--tag', name],
    ...used.flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
    ...(force ? ['--no-cache'] : []),
    context,
  ]);
}

/**
 * Says on the image what it is. Done last, so that an image whose build broke off is built again; the
 * version is asked of the program itself, as nothing else is sure to be true.
 */
function label({ docker, image, name, recipe, fromId }) {
  const labels = {
    'pilotlight.recipe': recipe,
    'pilotlight.from': fromId,
    'pilotlight.layers': image.layers.join(','),
    ...(image.version && { 'pilotlight.version': versionOf({ docker, image, name }) }),
  };
  const lines = Object.entries(labels).map(([key, value]) => `LABEL ${key}="${value}"`);
  const dockerfile = [`FROM ${name}`, ...lines, ''].join('\n');
  docker.must(`Labelling ${name}`, ['build', '--tag', name, '-'], dockerfile);
}

function versionOf({ docker, image, name }) {
  const [program, ...args] = image.version;
  const run = ['run', '--rm', '--network', 'none', '--entrypoint', program, name, ...args];
  const said = docker.must(`Asking ${name} for its version`, run);
  const version = /\d+(\.\d+)+|\d+/.exec(said)?.[0];
  if (version === undefined) throw new Error(`${name} does not tell its version: ${said}`);
  return version;
}
