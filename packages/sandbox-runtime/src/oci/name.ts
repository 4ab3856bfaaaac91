// The name under which a sandbox's directory and control group are found without remembering them.
import type { SandboxTrace } from '../driver.ts';

/** Ids contain no dot. */
export const traceName = ({ incarnation, id }: SandboxTrace) => `${incarnation}.${id}`;

/** The reverse; undefined for what is not of ours. */
export function parseTraceName(name: string): SandboxTrace | undefined {
  const [incarnation, id, more] = name.split('.');
  if (!incarnation || !id || more !== undefined) return undefined;
  return { incarnation, id };
}
