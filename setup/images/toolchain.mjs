// Compilers for the Go and Rust images: this machine's own where it has them and the engine has the same
// processor, and only what compiling programs takes. Where nothing is copied, the images take Debian's.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Both streams of a program, or nothing where it is missing or does not work here. */
function ask(program, args) {
  const env = {
    ...process.env,
    GOTOOLCHAIN: 'local',
    GOFLAGS: '',
    LC_ALL: 'C',
  };
  const options = {
    cwd: '/',
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  };
  try {
    return execFileSync(program, args, options).trim();
  } catch {
    // It is not here, which is an answer.
    return undefined;
  }
}

const isHost = (arch) => process.platform === 'linux' && process.arch === arch;

/** The home and the version of a compiler of this machine that runs on the engine; else undefined. */
export function hostToolchain({ arch, program, home, version }) {
  const folder = isHost(arch) ? ask(program, home) : undefined;
  const said = folder && ask(program, version);
  return said === undefined ? undefined : { home: realpathSync(folder), version: said };
}

/** Copies parts of a home, relative paths, following links; `leavesOut` is asked for each file. */
export function copyParts({ home, parts, target, leavesOut }) {
  for (const part of parts.filter((name) => existsSync(join(home, name)))) {
    cpSync(realpathSync(join(home, part)), join(target, part), {
      recursive: true,
      dereference: true,
      filter: (path) => lstatSync(path).isDirectory() || !leavesOut(path),
    });
  }
  removeEmptyFolders(target);
}

function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}
