import { describe, expect, it } from 'vitest';
import { allowedCalls, refusedCalls, seccompProfile } from './seccomp.ts';

const architectures = ['x64', 'arm64', 'riscv64'];

describe('the list of system calls', () => {
  it.each(architectures)('allows nothing on %s that is refused on purpose', (arch) => {
    const refused = new Set(refusedCalls());
    expect(allowedCalls(arch).filter((call) => refused.has(call))).toEqual([]);
  });

  it('names no call twice', () => {
    const named = [...allowedCalls('x64'), ...refusedCalls()];
    expect(named.filter((call, i) => named.indexOf(call) !== i)).toEqual([]);
    expect(named.filter((call) => !/^[a-z][a-z0-9_]+$/.test(call))).toEqual([]);
  });

  it('keeps calls of one architecture to it', () => {
    expect(allowedCalls('x64')).toContain('arch_prctl');
    expect(allowedCalls('arm64')).not.toContain('arch_prctl');
  });

  it('forbids new namespaces to clone, and clone3 as a whole', () => {
    expect(seccompProfile('x64', 'default')).toMatchObject({
      defaultAction: 'SCMP_ACT_ERRNO',
      architectures: ['SCMP_ARCH_X86_64'],
      syscalls: expect.arrayContaining([
        {
          names: ['clone'],
          action: 'SCMP_ACT_ALLOW',
          args: [{ index: 0, value: 0x7e02_0000, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }],
        },
        { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
      ]),
    });
  });

  it('lets gVisor have clone3, because its filter cannot say ENOSYS', () => {
    expect(seccompProfile('x64', 'gvisor')).toMatchObject({
      syscalls: expect.arrayContaining([{ names: ['clone3'], action: 'SCMP_ACT_ALLOW' }]),
    });
  });

  it('has none for a processor that it does not know', () => {
    expect(seccompProfile('s390x', 'default')).toBeUndefined();
  });
});
