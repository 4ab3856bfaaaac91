import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { caller, Rig, submitRequest } from '../testing/rig.ts';

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});
afterEach(() => rig.close());

describe('submit', () => {
  it('is one execution per key and user; another request is a conflict', async () => {
    const { executions } = await rig.lead();
    const mine = submitRequest({ idempotencyKey: 'k' });
    const first = await executions.submit(mine, caller);
    expect(first).toMatchObject({ status: 'queued', duplicate: false });
    expect(await executions.submit(mine, caller)).toEqual({ ...first, duplicate: true });
    const theirs = await executions.submit({ ...mine, userId: 'v' }, caller);
    expect(theirs.executionId).not.toBe(first.executionId);
    const other = executions.submit({ ...mine, code: '2' }, caller);
    await expect(other).rejects.toMatchObject({ code: 'conflict' });
    expect(await rig.stored('EXEC_STANDARD')).toBe(2);
  });

  it('keeps an id of one user from another', async () => {
    const { executions } = await rig.lead();
    await executions.submit(submitRequest({ executionId: 'e1' }), caller);
    const theirs = submitRequest({ executionId: 'e1', userId: 'v' });
    await expect(executions.submit(theirs, caller)).rejects.toMatchObject({ code: 'conflict' });
  });

  it.each<[string, Parameters<typeof submitRequest>[0], string]>([
    ['an unknown language', { language: 'cobol' }, 'known are javascript, python'],
    ['an application template', { language: 'generic' }, '"generic" is an application'],
    ['too little memory for its language', { memoryLimit: 64, language: 'javascript' }, '96 MB'],
    ['both code and files', { files: [{ path: 'a', content: '', encoding: '' }] }, 'not both'],
    ['an id with dots', { executionId: 'a.b' }, 'execution_id:'],
    ['a key and an id', { executionId: 'a', idempotencyKey: 'b' }, 'not together'],
    ['a timeout out of range', { timeout: 31 }, 'timeout:'],
  ])('refuses %s, naming the field', async (_, change, message) => {
    const { executions } = await rig.lead();
    const refused = executions.submit(submitRequest(change), caller);
    await expect(refused).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining(message),
    });
  });
});
