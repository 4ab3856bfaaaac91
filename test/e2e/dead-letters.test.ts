// Requests on NATS that can never be run: kept with the reason, and nobody behind them suffers.
import { randomUUID } from 'node:crypto';
import { DeadRequest, fromJsonBytes, subject, subjectFilter } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';
import { useResultLog } from './result-log.ts';

const idsThatTryToBeSubjects = ['a.b', '>', '*', 'x y', '', 'exec.result.*', 'a'.repeat(65)];

describe('a request that can never be run', () => {
  const under = usePlatform();
  const results = useResultLog(under);
  const where = subject('executionRequest', { priority: 'high', language: 'sh' });
  const body = (id: unknown) => ({
    ...{ id, user_id: 'ann', language: 'sh', priority: 'high' },
    code: Buffer.from('echo hi').toString('base64'),
  });

  /** Publishes, and resolves with what exec.dead keeps of it. */
  async function bury(payload: string): Promise<DeadRequest> {
    await under.bus.publish(where, Buffer.from(payload), { messageId: randomUUID() });
    const stop = new AbortController();
    const all = subjectFilter('executionDead');
    try {
      for await (const { data } of under.bus.follow('EXEC_DEAD', all, 'first', stop.signal)) {
        const dead = fromJsonBytes(DeadRequest, data);
        if (Buffer.from(dead.payload).toString() === payload) return dead;
      }
    } finally {
      stop.abort();
    }
    throw new Error('Following the dead ended.');
  }

  async function expectNextIsRun() {
    const id = randomUUID();
    await under.client.nats.publish({ ...{ id, language: 'sh', priority: 'high' }, ...hello });
    expect(await under.client.nats.follow(id)).toMatchObject({ status: 'completed' });
    await results.expectOneEach([id]);
  }
  const hello = { code: 'echo hi', userId: 'ann' };

  it.each(idsThatTryToBeSubjects)('has the id "%s"', async (id) => {
    const dead = await bury(JSON.stringify(body(id)));
    expect(dead.subject).toBe(where);
    expect(dead.reason).toContain('id: must be 1 to 64 letters, digits, "_" or "-"');
    await expectNextIsRun();
  });

  it.each([
    ['is no JSON', '{"id": "x", ', /not JSON/],
    ['is not UTF-8 JSON but text', 'echo hi', /not JSON/],
    ['is a list', '[1, 2]', /not a JSON object/],
    ['is null', 'null', /not a JSON object/],
    ['is empty', '', /not JSON/],
    ['has fields of other types', JSON.stringify(body({ $gt: '' })), /id: must be a string/],
  ])('%s', async (_, payload, reason) => {
    expect((await bury(payload)).reason).toMatch(reason);
    await expectNextIsRun();
  });

  it('over gRPC is refused with the field', async () => {
    for (const id of idsThatTryToBeSubjects.filter(Boolean)) {
      const refused = under.client.submit({ id, language: 'sh', ...hello });
      await expect(refused).rejects.toMatchObject({
        ...{ code: 'invalid_argument', details: [{ field: 'execution_id' }] },
      });
    }
  });
});
