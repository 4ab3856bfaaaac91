// The hostile suite's templates on gVisor, and whether this machine has it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findGvisorForTests } from '@pilotlight/sandbox-runtime/test-gvisor';
import { useTemplates } from '../e2e/sample-templates.ts';
import { hostileTemplates } from './suite.ts';

/** A folder of the templates that ship, each with `isolation: gvisor`. Removed after the tests. */
export function useGvisorTemplates(): string {
  const own = Object.fromEntries(
    hostileTemplates.map((name) => {
      const shipped = new URL(`../../templates/${name}/template.yaml`, import.meta.url);
      const content = `${readFileSync(fileURLToPath(shipped), 'utf8')}isolation: gvisor\n`;
      return [name, { 'template.yaml': content }];
    }),
  );
  return useTemplates(hostileTemplates, own);
}

/** What an executor is told of gVisor, or why nothing can be run on it here and what to do about it. */
export async function gvisorHere() {
  const found = await findGvisorForTests();
  return 'missing' in found
    ? { executor: {}, missing: found.missing }
    : { executor: { PILOTLIGHT_GVISOR_RUNTIME: found.path }, missing: undefined };
}
