// Makes what all sandboxes of a template share, in the order in which the parts need each other: npm
// packages, Debian packages, and what the template builds of them.
import { createHash } from 'node:crypto';
import type { Artefacts, SandboxTemplate } from '../../driver.ts';
import type { Toolchain } from '../toolchains/find-toolchain.ts';
import { installDebianPackages } from './debian-packages.ts';
import { runOnHost } from './host-command.ts';
import { installNpmPackages } from './npm-packages.ts';

/** Changes when artefacts are made in another way. */
const method = 1;

/** Sixteen hexadecimal digits that stand for all that the artefacts are made of. */
export function artefactsKey(
  template: SandboxTemplate,
  toolchains: readonly Pick<Toolchain, 'identity'>[],
): string {
  const { artefacts, files, env, isolation } = template;
  const identities = toolchains.map(({ identity }) => identity);
  const ingredients = [method, process.arch, artefacts, files, env, isolation, identities];
  return createHash('sha256').update(JSON.stringify(ingredients)).digest('hex').slice(0, 16);
}

export interface Making {
  readonly template: SandboxTemplate;
  readonly artefacts: Artefacts;
  readonly staging: string;
  readonly searchPath: string;
  readonly signal: AbortSignal;
  readonly say: (step: string) => void;
  /** Runs the build command where `staging` can be written. Rejects with its output. */
  build(staging: string): Promise<void>;
}

/** Fills an empty folder, which then belongs to root and can be read by everybody. */
export async function makeArtefacts(making: Making): Promise<void> {
  const { template, artefacts, staging: target, searchPath, signal, say } = making;
  const timeoutMs = artefacts.timeoutSeconds * 1_000;
  const run = (argv: readonly string[], cwd: string) =>
    runOnHost({ argv, cwd, searchPath, timeoutMs, signal });
  if (artefacts.npm !== undefined) {
    const { files } = template;
    await installNpmPackages({ folder: artefacts.npm, files, target, say, run });
  }
  if (artefacts.debian.length > 0) {
    await installDebianPackages({ packages: artefacts.debian, target, say, run });
  }
  if (artefacts.build !== undefined) {
    say('building');
    await making.build(target);
  }
  // Links are changed themselves, never what they lead to; nothing keeps a set-user-id bit.
  await run(['chown', '-hR', '0:0', target], target);
  await run(['chmod', '-R', 'ug-s,u=rwX,go=rX', target], target);
  await run(['sync', '--file-system', target], target);
}
