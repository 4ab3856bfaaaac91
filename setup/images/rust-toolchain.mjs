// The Rust of this machine for the Rust image: rustc and the standard library for this processor.
import { copyParts, hostToolchain } from './toolchain.mjs';

const targets = {
  x64: 'x86_64-unknown-linux-gnu',
  arm64: 'aarch64-unknown-linux-gnu',
};

const find = (arch) =>
  hostToolchain({
    arch,
    program: 'rustc',
    home: ['--print', 'sysroot'],
    version: ['--version'],
  });

/** What `copyRust` would copy, as a name that changes when it does. */
export function rustToolchain(arch) {
  return find(arch)?.version ?? 'Debian';
}

/** Puts it at `target`, if there is one. */
export function copyRust({ arch, target, say }) {
  const found = find(arch);
  if (found === undefined) return;
  say(`Taking ${found.version} from ${found.home}.`);
  // Sanitizers, tools for WebAssembly, and the test harness: for `rustc --test` only.
  const leavesOut = (path) =>
    /\/librustc-[^/]*_rt\.|\/wasm-component-ld$|\/lib(test|getopts)-[^/]*$/.test(path);
  copyParts({
    ...{ home: found.home, target, parts: ['bin/rustc', 'lib'] },
    leavesOut: (path) => leavesOut(path) || isForeign(path, targets[arch]),
  });
}

/** Standard libraries of other processors, sources, and what debuggers read. */
const isForeign = (path, own) => {
  const [, folder] = /\/lib\/rustlib\/([^/]+)/.exec(path) ?? [];
  return folder !== undefined && folder !== own;
};
