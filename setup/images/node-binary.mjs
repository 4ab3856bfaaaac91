// Node for the JavaScript image: a Linux program for the engine's processor, which need not be this
// machine's, in the version of the npm package `node` that the repository is locked to.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const installed = fileURLToPath(new URL('../../node_modules/node/', import.meta.url));

/** What `copyNode` would copy, as a name that changes when it does. `arch` as Node names it. */
export function nodePackage(arch) {
  return `node-linux-${arch}@${JSON.parse(readFileSync(join(installed, 'package.json'))).version}`;
}

/** Puts the program at `target`: the installed one where that fits, else npm's package of it. */
export function copyNode({ arch, target, say }) {
  if (process.platform === 'linux' && process.arch === arch) {
    copyFileSync(join(installed, 'bin/node'), target);
    return;
  }
  const name = nodePackage(arch);
  say(`Fetching ${name} with npm.`);
  const folder = mkdtempSync(join(tmpdir(), 'pilotlight-node-'));
  try {
    const options = { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 2] };
    const archive = execFileSync('npm', ['pack', '--silent', name], options).trim();
    execFileSync('tar', ['-xzf', archive, 'package/bin/node'], options);
    copyFileSync(join(folder, 'package/bin/node'), target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
