// What a sandbox without an image sees of the host: the directories of the base system, and beside them
// the toolchains of its template, all read-only. Never /etc, /root or /home as they are.
import { existsSync, lstatSync, readlinkSync } from 'node:fs';

/** A mount of a file or directory of the host; read-only unless it says otherwise. */
export interface Bind {
  readonly source: string;
  readonly destination: string;
  readonly isWritable?: boolean;
}

/** The part of the host that every sandbox sees. */
export interface HostBase {
  readonly binds: readonly Bind[];
  /** Symbolic links at the top, such as /bin -> usr/bin, by path. */
  readonly links: Readonly<Record<string, string>>;
}

const baseDirectories = [
  '/usr/bin',
  '/usr/lib',
  '/usr/lib32',
  '/usr/lib64',
  '/usr/libexec',
  '/usr/share',
];
const topDirectories = ['/bin', '/lib', '/lib32', '/lib64'];

/** Looks at the host's base system; on hosts without a merged /usr the top directories are mounts. */
export function findHostBase(): HostBase {
  const isLink = (path: string) => lstatSync(path).isSymbolicLink();
  const top = topDirectories.filter((path) => existsSync(path));
  return {
    binds: [
      ...baseDirectories.filter((path) => existsSync(path)),
      ...top.filter((p) => !isLink(p)),
    ].map((path) => ({ source: path, destination: path })),
    links: Object.fromEntries(top.filter(isLink).map((path) => [path, readlinkSync(path)])),
  };
}

/** Whether every sandbox sees this path of the host, which has to be a real one. */
export function isInBase(path: string, base: HostBase): boolean {
  return base.binds.some(({ source }) => path === source || path.startsWith(`${source}/`));
}
