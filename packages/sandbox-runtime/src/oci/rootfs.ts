// The root directory that sandboxes share, read-only: mount points, links and a generated /etc. What
// is seen inside comes from mounts.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { nameServer } from '../network/egress-rules.ts';
import { artefactsDirectory, platformDirectory } from '../platform-path.ts';
import type { Bind, HostBase } from './host-view.ts';
import type { Toolchain } from './toolchains/find-toolchain.ts';

const etcFiles: Readonly<Record<string, string>> = {
  passwd: 'root:x:0:0:root:/:/bin/sh\nsandbox:x:65534:65534:sandbox:/workspace:/bin/sh\n',
  group: 'root:x:0:\nsandbox:x:65534:\n',
  hosts: '127.0.0.1 localhost sandbox\n::1 localhost\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  // Without a network it cannot be reached, and names fail at once.
  'resolv.conf': `nameserver ${nameServer}\n`,
};

/** Directories that are mounted on in every sandbox. */
const mountPoints = [
  ...['/proc', '/dev', '/sys', '/job', '/workspace', '/tmp'],
  platformDirectory,
  artefactsDirectory,
];

function makeMountPoint(root: string, bind: Bind): void {
  const path = join(root, bind.destination);
  if (existsSync(path)) return;
  if (statSync(bind.source).isDirectory()) {
    mkdirSync(path, { recursive: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
}

/** Links such as /etc/alternatives/awk, as far as they lead into the base system. */
function copyAlternatives(root: string): void {
  const source = '/etc/alternatives';
  if (!existsSync(source)) return;
  const target = join(root, source);
  mkdirSync(target, { recursive: true });
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    if (!entry.isSymbolicLink()) continue;
    const link = readlinkSync(join(source, entry.name));
    if (link.startsWith('/usr/')) symlinkSync(link, join(target, entry.name));
  }
}

/** Writes the root directory at `root`, which must not exist yet. */
export function writeRootfs(root: string, base: HostBase): void {
  mkdirSync(join(root, 'etc'), { recursive: true });
  for (const point of mountPoints) mkdirSync(join(root, point), { recursive: true });
  for (const [path, target] of Object.entries(base.links)) symlinkSync(target, join(root, path));
  for (const [name, content] of Object.entries(etcFiles)) {
    writeFileSync(join(root, 'etc', name), content);
  }
  copyAlternatives(root);
  for (const bind of base.binds) makeMountPoint(root, bind);
}

/** Adds what a toolchain needs to a root directory in use. Idempotent. */
export function addToolchain(
  root: string,
  { binds, copies }: Pick<Toolchain, 'binds' | 'copies'>,
): void {
  for (const bind of binds) makeMountPoint(root, bind);
  for (const path of copies) {
    const copy = join(root, path);
    if (existsSync(copy)) continue;
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, readFileSync(path), { mode: 0o644 });
  }
}
