import { Entitlements, type KeyRole, type Principal } from '@pilotlight/contracts';
import { expect, it } from 'vitest';
import { keyService } from './key-service.ts';

const asked: string[] = [];
const answer = (name: string) => async () => {
  asked.push(name);
  throw new Error(name);
};
const service = keyService({
  ...{ plans: answer('plans'), putPlan: answer('putPlan'), projects: answer('projects') },
  ...{ createProject: answer('createProject'), setProjectPlan: answer('setProjectPlan') },
  ...{ keys: answer('keys'), createKey: answer('createKey'), revokeKey: answer('revokeKey') },
});

function caller(role: KeyRole | undefined) {
  const entitlements = Entitlements.create({});
  const principal = { keyHash: '', keyId: '', project: 'blue', userId: '', entitlements };
  const known: { principal?: Principal } = role ? { principal: { ...principal, role } } : {};
  return { signal: new AbortController().signal, traceparent: '', peer: '', ...known };
}

it.each(Object.entries(service))('answers %s to admins alone', async (_, call) => {
  // Each takes another request; none is looked at before the caller is.
  const made = call as (request: object, context: ReturnType<typeof caller>) => Promise<unknown>;
  for (const role of ['project', undefined] as const) {
    await expect(made({}, caller(role))).rejects.toMatchObject({ code: 'permission_denied' });
  }
  expect(asked).toEqual([]);
  await expect(made({}, caller('admin'))).rejects.toThrow();
  expect(asked.splice(0)).toHaveLength(1);
});
