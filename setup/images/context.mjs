// What the build of an image can copy: its Dockerfile, the files of its template that
// templates/images.json names, and what comes from this machine or a registry.
import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyGo, goToolchain } from './go-toolchain.mjs';
import { copyNode, nodePackage } from './node-binary.mjs';
import { copyNpmPackages, installProject, npmPackages } from './npm-packages.mjs';
import { copyRust, rustToolchain } from './rust-toolchain.mjs';

const templates = fileURLToPath(new URL('../../templates/', import.meta.url));

/** By the name under which it is put into the context, which is what images.json has in `host`. */
const host = {
  node: { ingredient: nodePackage, copy: copyNode },
  go: { ingredient: goToolchain, copy: copyGo },
  rust: { ingredient: rustToolchain, copy: copyRust },
  npm: { ingredient: npmPackages, copy: copyNpmPackages },
};

/** Names and paths; what the image's folder does not have is one of the files that templates share. */
function filesOf({ name: template, folder = template, context = [] }) {
  return ['Dockerfile', ...context].map((name) => {
    const own = join(templates, folder, name);
    return { name, path: existsSync(own) ? own : join(templates, name) };
  });
}

function below(path) {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => below(join(path, name)));
}

/** All that decides what `fillContext` makes; cheap, because it is asked at every start. */
export function contextIngredients({ image, arch }) {
  const files = filesOf(image).flatMap(({ path }) => below(path));
  return [
    ...files.map((path) => [path.slice(templates.length), readFileSync(path, 'utf8')]),
    ...(image.host ?? []).map((name) => [name, host[name].ingredient(arch)]),
  ];
}

/** Fills an empty folder. */
export function fillContext({ image, arch, context, say }) {
  for (const { name, path } of filesOf(image)) {
    cpSync(path, join(context, name), { recursive: true });
  }
  for (const name of image.host ?? []) {
    host[name].copy({ arch, target: join(context, name), say });
  }
  if (image.npm !== undefined) {
    installProject({ arch, folder: join(context, image.npm), target: context, say });
  }
}
