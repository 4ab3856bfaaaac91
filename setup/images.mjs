#!/usr/bin/env node
// Builds the images of the templates for the docker driver, in layers, and only what has changed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDockerEngine } from './docker-engine.mjs';
import { aptProxies, defaultBase, ensureBase } from './images/base.mjs';
import { copyNode, nodePackage } from './images/node-binary.mjs';

/** Every image with the one that it starts from, in the order in which they are built. */
const images = [
  { template: 'base', from: undefined },
  { template: 'python', from: 'base' },
  { template: 'javascript', from: 'base', needsNode: true },
  { template: 'generic', from: 'base' },
];

const usage = `Usage: npm run images -- [--base IMAGE] [--force] [--start] [--json]

Builds pilotlight/base, pilotlight/python, pilotlight/javascript and pilotlight/generic from
templates/*/Dockerfile. What has not changed since the last time is left as it is.
  --base IMAGE  start from this image, not from ${defaultBase}. Where no registry answers for
                the default, a base is made with debootstrap from this machine's Debian mirror
  --force       build everything again, with the packages that the mirror has now
  --start       start Pilotlight's private Docker engine where none answers
  --json        print {"images": [{"name", "id", "built"}]} as the last line
`;

const say = (line) => process.stderr.write(`${line}\n`);

function parse(args) {
  const options = { base: undefined, force: false, start: false, json: false, help: false };
  for (let index = 0; index < args.length; index += 1) {
    const name = args[index].replace(/^--/, '');
    if (name === 'base' && args[index + 1]) options.base = args[++index];
    else if (name in options && name !== 'base') options[name] = true;
    else return undefined;
  }
  return options;
}

/** The docker command against one engine. */
function dockerAt(host) {
  const env = { ...process.env, DOCKER_HOST: host };
  const run = (args) => spawnSync('docker', args, { env, encoding: 'utf8', maxBuffer: 64 << 20 });
  const inspect = (name, format) => {
    const { status, stdout } = run(['image', 'inspect', '--format', format, name]);
    return status === 0 ? stdout.trim() : undefined;
  };
  return {
    run,
    start: (args, stdin) => {
      const child = spawn('docker', args, { env, stdio: ['pipe', 'ignore', 'inherit'] });
      stdin.pipe(child.stdin);
      return child;
    },
    /** The engine's processor as Node names it. */
    arch: () => {
      const { stdout } = run(['version', '--format', '{{.Server.Arch}}']);
      return stdout.trim().replace('amd64', 'x64');
    },
    imageId: (name) => inspect(name, '{{.Id}}'),
    recipe: (name) => inspect(name, '{{index .Config.Labels "pilotlight.recipe"}}'),
  };
}

/** Builds one image unless the same recipe on the same base is there already. */
function build({ docker, image, base, force }) {
  const name = `pilotlight/${image.template}`;
  const path = new URL(`../templates/${image.template}/Dockerfile`, import.meta.url);
  const dockerfile = readFileSync(path, 'utf8');
  const arch = docker.arch();
  const ingredients = [docker.imageId(base), dockerfile, image.needsNode ? nodePackage(arch) : ''];
  const recipe = createHash('sha256').update(ingredients.join('\n')).digest('hex');
  if (!force && docker.recipe(name) === recipe) {
    say(`${name} is up to date.`);
    return { name, id: docker.imageId(name), built: false };
  }
  say(`Building ${name} from ${base}.`);
  const context = mkdtempSync(join(tmpdir(), 'pilotlight-image-'));
  try {
    writeFileSync(join(context, 'Dockerfile'), dockerfile);
    if (image.needsNode) copyNode({ arch, target: join(context, 'node'), say });
    runBuild({ docker, name, base, recipe, force, context });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
  return { name, id: docker.imageId(name), built: true };
}

/** Packages come over the host's own network, because a private engine has no bridge. */
function runBuild({ docker, name, base, recipe, force, context }) {
  const proxies = Object.entries(aptProxies()).map(([key, value]) => `${key}=${value}`);
  const result = docker.run([
    ...['build', '--quiet', '--network', 'host', '--tag', name],
    ...['--build-arg', `BASE=${base}`, '--label', `pilotlight.recipe=${recipe}`],
    ...proxies.flatMap((proxy) => ['--build-arg', proxy]),
    ...(force ? ['--no-cache'] : []),
    context,
  ]);
  if (result.status !== 0) throw new Error(`Building ${name} failed:\n${result.stderr}`);
}

/** What was replaced, and what the driver made of it, unless a container still uses it. */
function removeOutdated(docker) {
  const prepared = docker.run(['image', 'ls', '--quiet', 'pilotlight-prepared']).stdout;
  for (const id of new Set(prepared.split('\n').filter(Boolean))) docker.run(['rmi', id]);
  docker.run(['image', 'prune', '--force', '--filter', 'label=pilotlight.recipe']);
}

async function main(args) {
  const options = parse(args);
  if (!options || options.help) {
    (options ? process.stdout : process.stderr).write(usage);
    return options ? 0 : 2;
  }
  const engine = await ensureDockerEngine({ start: options.start, say });
  if (!engine.host) throw new Error(engine.reason);
  const docker = dockerAt(engine.host);
  if (docker.run(['version']).error) throw new Error('The `docker` command is missing.');
  const base = await ensureBase({ docker, wanted: options.base, say });
  const results = images.map((image) => {
    const from = image.from ? `pilotlight/${image.from}` : base;
    return build({ docker, image, base: from, force: options.force });
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
