// Turns the list of system calls in seccomp.json into what container runtimes take.
import type { IsolationLevel } from '@pilotlight/contracts';
import data from '../seccomp.json' with { type: 'json' };

const allow = 'SCMP_ACT_ALLOW';
const refuse = 'SCMP_ACT_ERRNO';
const eperm = 1;
const enosys = 38;

type Condition = (typeof data.allowedIf)[number];

const words = (lines: readonly string[]) => lines.flatMap((line) => line.split(' '));

function comparison({ argument, is, value, mask }: Condition): object {
  switch (is) {
    case 'equal':
      return { index: argument, value, op: 'SCMP_CMP_EQ' };
    case 'notEqual':
      return { index: argument, value, op: 'SCMP_CMP_NE' };
    case 'maskedEqual':
      // Runtimes take the mask first.
      return { index: argument, value: mask, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' };
    default:
      throw new Error(`seccomp.json: nothing is called ${is}.`);
  }
}

/** Names of the calls that are allowed whatever their arguments, for `process.arch`. */
export function allowedCalls(arch: string): readonly string[] {
  const groups = data.allowed.filter(
    ({ architectures }) => architectures?.includes(arch) !== false,
  );
  return groups.flatMap(({ calls }) => words(calls));
}

/** Names of the calls that must never be allowed. */
export function refusedCalls(): readonly string[] {
  return data.refusedOnPurpose.flatMap(({ calls }) => words(calls));
}

/**
 * The `linux.seccomp` part of a bundle, which Docker takes as it is, for this processor architecture
 * (as `process.arch` names it); undefined for one that is not known, which is then reported as a
 * weakness.
 */
export function seccompProfile(arch: string, isolation: IsolationLevel): object | undefined {
  const architecture = new Map(Object.entries(data.architectures)).get(arch);
  if (architecture === undefined) return undefined;
  const notImplemented = data.notImplemented.map(({ call }) => call);
  return {
    defaultAction: refuse,
    defaultErrnoRet: eperm,
    architectures: [architecture],
    syscalls: [
      { names: allowedCalls(arch), action: allow },
      ...data.allowedIf.map((condition) => ({
        names: [condition.call],
        action: allow,
        args: [comparison(condition)],
      })),
      isolation === 'gvisor'
        ? { names: notImplemented, action: allow }
        : { names: notImplemented, action: refuse, errnoRet: enosys },
    ],
  };
}
