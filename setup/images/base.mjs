// The image that all others start from: the one on this machine, else the registry's, else one made
// here with debootstrap from the mirror that this machine's own apt is configured for.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const defaultBase = 'debian:bookworm-slim';

/**
 * Names an image that is now on the engine and can be the base. An image that the user asked for
 * is fetched or it is an error; only the default may be replaced by one made here.
 */
export async function ensureBase({ docker, wanted, say }) {
  const name = wanted ?? defaultBase;
  if (docker.imageId(name)) return name;
  const home = wanted ? undefined : aptSource();
  const made = home && `pilotlight/bootstrap:${home.codename}`;
  if (made && docker.imageId(made)) return made;
  say(`Fetching ${name}.`);
  const pulled = docker.run(['pull', '--quiet', name]);
  if (pulled.status === 0) return name;
  const why = pulled.stderr.trim().split('\n').at(-1);
  if (wanted) throw new Error(`The base image ${name} is not here and cannot be fetched: ${why}`);
  say(`No registry has it for us (${why}).`);
  if (!home) throw new Error('Without a registry, a base image can only be made on Debian.');
  await bootstrap({ docker, home, name: made, say });
  return made;
}

/** The proxies that apt uses, as the variables that debootstrap and builds understand. */
export function aptProxies() {
  const settings = aptConfig();
  const proxies = [
    ['http_proxy', settings.get('Acquire::http::Proxy')],
    ['https_proxy', settings.get('Acquire::https::Proxy')],
  ];
  return Object.fromEntries(proxies.filter(([, value]) => value && value !== 'DIRECT'));
}

function aptConfig() {
  const { stdout } = spawnSync('apt-config', ['dump'], { encoding: 'utf8' });
  const lines = (stdout ?? '').matchAll(/^(\S+) "(.*)";$/gm);
  return new Map([...lines].map(([, name, value]) => [name, value]));
}

/** This machine's own distribution as apt knows it: its release, its main mirror, its updates. */
function aptSource() {
  const targets = aptTargets();
  if (targets === undefined) return undefined;
  const release = new Map(
    readFileSync('/etc/os-release', 'utf8')
      .split('\n')
      .map((line) => line.replaceAll('"', '').split('=', 2)),
  );
  const codename = release.get('VERSION_CODENAME');
  const own = targets.filter(({ origin }) => origin.toLowerCase() === release.get('ID'));
  const main = own.find((target) => target.codename === codename);
  if (!main) return undefined;
  return {
    codename,
    mirror: main.uri,
    lines: own.map((t) => `deb ${t.uri} ${t.codename} ${t.component}\n`),
  };
}

/** Empty where apt was never updated: then it is, once, because releases are named in its lists. */
function aptTargets() {
  const format = '$(CREATED_BY)|$(ORIGIN)|$(CODENAME)|$(COMPONENT)|$(REPO_URI)';
  for (const attempt of [1, 2]) {
    const { status, stdout } = spawnSync('apt-get', ['indextargets', '--format', format], {
      encoding: 'utf8',
    });
    if (status !== 0) return undefined;
    const targets = stdout
      .split('\n')
      .map((line) => line.split('|'))
      .filter(([createdBy, origin]) => createdBy === 'Packages' && origin)
      .map(([, origin, codename, component, uri]) => ({ origin, codename, component, uri }));
    if (targets.length > 0) return targets;
    if (attempt === 1) spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 2, 2] });
  }
  return [];
}

async function bootstrap({ docker, home, name, say }) {
  if (process.getuid?.() !== 0) throw new Error('Making a base image with debootstrap needs root.');
  say(`Making ${name} with debootstrap from this machine's mirror (half a minute, once).`);
  const root = mkdtempSync(join(tmpdir(), 'pilotlight-base-'));
  try {
    const made = spawnSync('debootstrap', ['--variant=minbase', home.codename, root, home.mirror], {
      encoding: 'utf8',
      maxBuffer: 64 << 20,
      env: { ...process.env, ...aptProxies() },
    });
    if (made.error) throw new Error('debootstrap is missing; install it with apt-get.');
    if (made.status !== 0) {
      throw new Error(`debootstrap failed: ${made.stdout.trim().split('\n').slice(-3).join(' ')}`);
    }
    configure(root, home);
    await importTree({ docker, root, name });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Makes the tree small, and its apt as this machine's: same suites, same checks of their dates. */
function configure(root, home) {
  for (const path of ['var/cache/apt', 'var/lib/apt/lists', 'var/log']) {
    rmSync(join(root, path), { recursive: true, force: true });
    mkdirSync(join(root, path));
  }
  const unneeded = ['doc', 'info', 'locale', 'man'].map((folder) => `/usr/share/${folder}`);
  for (const path of unneeded) rmSync(join(root, path), { recursive: true, force: true });
  const excludes = unneeded.map((path) => `path-exclude=${path}/*\n`).join('');
  writeFileSync(join(root, 'etc/dpkg/dpkg.cfg.d/small'), excludes);
  const checks = [...aptConfig()].filter(([option]) => option.startsWith('Acquire::Check-'));
  const settings = checks.map(([option, value]) => `${option} "${value}";\n`);
  writeFileSync(join(root, 'etc/apt/apt.conf.d/90machine'), settings.join(''));
  writeFileSync(join(root, 'etc/apt/sources.list'), home.lines.join(''));
}

async function importTree({ docker, root, name }) {
  const tar = spawn('tar', ['--numeric-owner', '-C', root, '-c', '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const load = docker.start(['import', '-', name], tar.stdout);
  const [packed, loaded] = await Promise.all([exitCode(tar), exitCode(load)]);
  if (packed !== 0 || loaded !== 0) throw new Error(`docker import of ${name} failed.`);
}

function exitCode(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}
