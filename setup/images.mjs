#!/usr/bin/env node
// Builds the images of the templates for the docker driver, in layers, and only what has changed.
import { fileURLToPath } from 'node:url';
import { ensureDockerEngine } from './docker-engine.mjs';
import { defaultBase, ensureBase } from './images/base.mjs';
import { buildImage } from './images/build-image.mjs';
import { dockerAt } from './images/docker-command.mjs';
import { readGraph, selectImages } from './images/graph.mjs';

const usage = `Usage: npm run images -- [--only NAME...] [--base IMAGE] [--force] [--start] [--json]

Builds the images of templates/images.json as pilotlight/NAME from templates/NAME/Dockerfile, each
after the one that it starts from. What has not changed since the last time is left as it is.
  --only NAME...  only these, and what they need
  --base IMAGE    start from this image, not from ${defaultBase}. Where no registry answers for
                  the default, a base is made with debootstrap from this machine's Debian mirror
  --force         build again even what has not changed, with the packages that the mirror has now
  --start         start Pilotlight's private Docker engine where none answers
  --json          print {"images": [{"name", "id", "built"}]} as the last line
`;

const say = (line) => process.stderr.write(`${line}\n`);

function parse(args) {
  const options = { only: [], base: undefined, force: false, start: false, json: false };
  for (let index = 0; index < args.length; index += 1) {
    const name = args[index].replace(/^--/, '');
    const value = args[index + 1];
    if (name === 'help') return { ...options, help: true };
    if (name === 'base' && value) options.base = args[++index];
    else if (name === 'only' && value) {
      while (args[index + 1] && !args[index + 1].startsWith('-')) options.only.push(args[++index]);
    } else if (typeof options[name] === 'boolean') options[name] = true;
    else return undefined;
  }
  return options;
}

/** What was replaced, and what the driver made of it, unless a container still uses it. */
function removeOutdated(docker) {
  const prepared = docker.run(['image', 'ls', '--quiet', 'pilotlight-prepared']).stdout;
  for (const id of new Set(prepared.split('\n').filter(Boolean))) docker.run(['rmi', id]);
  for (const label of ['pilotlight.recipe', 'pilotlight.stage']) {
    docker.run(['image', 'prune', '--force', '--filter', `label=${label}`]);
  }
}

async function main(args) {
  const options = parse(args);
  if (!options || options.help) {
    (options ? process.stdout : process.stderr).write(usage);
    return options ? 0 : 2;
  }
  const images = selectImages(readGraph(), options.only);
  const engine = await ensureDockerEngine({ start: options.start, say });
  if (!engine.host) throw new Error(engine.reason);
  const docker = dockerAt(engine.host);
  const root = await ensureBase({ docker, wanted: options.base, say });
  const results = images.map((image, index) => {
    const progress = `[${index + 1}/${images.length}]`;
    return buildImage({ docker, image, root, force: options.force, progress, say });
  });
  if (results.some(({ built }) => built)) removeOutdated(docker);
  if (options.json) process.stdout.write(`${JSON.stringify({ images: results })}\n`);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
  }
}
