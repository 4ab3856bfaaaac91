// A template as sandboxes are made of it: what was found on this host for it.
import { dirname } from 'node:path';
import type { ArtefactName } from './artefacts/artefact-cache.ts';
import type { Bind } from './host-view.ts';
import type { Toolchain } from './toolchains/find-toolchain.ts';

const systemPath = '/usr/local/bin:/usr/bin:/bin';

/** What was found and made for a template. */
export interface ReadyTemplate {
  /** Of the first toolchain; empty without one. */
  readonly version: string;
  readonly toolchains: readonly Toolchain[];
  /** PATH inside. */
  readonly searchPath: string;
  /** What is mounted beside the base and the template's own files. */
  readonly binds: readonly Bind[];
  readonly artefacts?: ArtefactName;
}

function insidePath(toolchains: readonly Toolchain[]): string {
  const system = systemPath.split(':');
  const own = toolchains.map(({ executable }) => dirname(executable));
  return [...new Set([...own.filter((path) => !system.includes(path)), ...system])].join(':');
}

/** A template that needs nothing but these. */
export function withToolchains(toolchains: readonly Toolchain[]): ReadyTemplate {
  const binds = toolchains.flatMap((toolchain) => toolchain.binds);
  return {
    version: toolchains[0]?.version ?? '',
    toolchains,
    searchPath: insidePath(toolchains),
    binds: [...new Map(binds.map((bind) => [bind.destination, bind])).values()],
  };
}
