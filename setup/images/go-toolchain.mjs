// The Go of this machine for the Go image: what `go build` for this processor takes.
import { copyParts, hostToolchain } from './toolchain.mjs';

const parts = [
  ...['VERSION', 'go.env', 'bin/go', 'pkg/include', 'src'],
  ...['asm', 'compile', 'link'].map((tool) => `pkg/tool/linux_amd64/${tool}`),
];

/** As Go names the processor that Node calls `arch`. */
const goArch = (arch) => (arch === 'x64' ? 'amd64' : arch);

const find = (arch) =>
  hostToolchain({
    arch,
    program: 'go',
    home: ['env', 'GOROOT'],
    version: ['env', 'GOVERSION'],
  });

/** What `copyGo` would copy, as a name that changes when it does. */
export function goToolchain(arch) {
  return find(arch)?.version ?? 'Debian';
}

/** Puts it at `target`, if there is one. */
export function copyGo({ arch, target, say }) {
  const found = find(arch);
  if (found === undefined) return;
  say(`Taking ${found.version} from ${found.home}.`);
  const isUseless = (path) => /_test\.go$|\/testdata\/|\/src\/cmd\/|\.syso$/.test(path);
  copyParts({
    ...{ home: found.home, target, leavesOut: isUseless },
    parts: parts.map((part) => part.replace('amd64', goArch(arch))),
  });
}
