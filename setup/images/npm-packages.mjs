// What comes from the npm registry into images: package managers as tools, and the dependencies of a
// project as its lock file names them. Fetched with this machine's own npm and its configuration.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const tools = ['npm@11.6.0', 'pnpm@10.34.9'];

/** What `copyNpmPackages` would copy, as a name that changes when it does. */
export function npmPackages() {
  return tools.join(' ');
}

/** Puts each package manager into a folder of its name below `target`. */
export function copyNpmPackages({ target, say }) {
  const folder = mkdtempSync(join(tmpdir(), 'pilotlight-npm-'));
  const options = { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 2] };
  try {
    mkdirSync(target);
    for (const tool of tools) {
      say(`Fetching ${tool} with npm.`);
      const archive = execFileSync('npm', ['pack', '--silent', tool], options).trim();
      execFileSync('tar', ['-xzf', archive], options);
      const copied = join(target, tool.split('@')[0]);
      execFileSync('cp', ['-R', join(folder, 'package'), copied], options);
      rmSync(join(folder, 'package'), { recursive: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As drivers without images do it, but for the engine's processor. Scripts of packages never run. */
const install = [
  ...['ci', '--include=dev', '--ignore-scripts'],
  ...['--no-audit', '--no-fund', '--no-update-notifier', '--os=linux', '--libc=glibc'],
];

/** Installs the project in `folder` and puts its node_modules below `target`. */
export function installProject({ arch, folder, target, say }) {
  say('Installing npm packages.');
  execFileSync('npm', [...install, `--cpu=${arch}`], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 2],
  });
  renameSync(join(folder, 'node_modules'), join(target, 'node_modules'));
}
