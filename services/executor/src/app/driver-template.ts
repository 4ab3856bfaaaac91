// A template of the catalogue as drivers take it.
import type { Template } from '@pilotlight/contracts';
import type { SandboxTemplate } from '@pilotlight/sandbox-runtime';

export function driverTemplate(template: Template): SandboxTemplate {
  const { name, image, toolchains, isolation, runner, files, env, artefacts } = template;
  return {
    ...{ name, image, toolchains, isolation, runner: runner.argv, files, env },
    ...(artefacts !== undefined && {
      artefacts: {
        ...(artefacts.npm !== undefined && { npm: artefacts.npm }),
        debian: artefacts.debian,
        ...(artefacts.build !== undefined && { build: artefacts.build }),
        timeoutSeconds: artefacts.timeout_seconds,
        memoryBytes: artefacts.memory_mb * 1024 * 1024,
      },
    }),
  };
}
