// Asking twice, in every way there is: one result, and keys belong to their users.
import { randomUUID } from 'node:crypto';
import type { RunRequest } from '@pilotlight/client';
import { ExecutionRequest, ExecutionResult, subject, toJsonBytes } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';
import { atRest, useResultLog } from './result-log.ts';
import { sandboxesOf, storedText } from './stored.ts';

describe('a request made twice', () => {
  const under = usePlatform();
  const results = useResultLog(under);
  const python = (id: string): RunRequest & { readonly id: string } => ({
    ...{ id, language: 'python', userId: 'ann', code: 'import uuid; print(uuid.uuid4())' },
  });

  /** As it would come after the dedup window: the server does not know the message id any more. */
  async function publishAfterTheWindow({ id, language, userId = '', code }: RunRequest) {
    const message = ExecutionRequest.fromPartial({
      ...{ id: id ?? '', language, userId, priority: 'normal' },
      code: Buffer.from(code ?? ''),
    });
    return under.bus.publish(
      subject('executionRequest', { priority: 'normal', language }),
      toJsonBytes(ExecutionRequest, message),
      { messageId: randomUUID() },
    );
  }

  it('within the dedup window is stored once', async () => {
    const request = python(randomUUID());
    const first = await under.client.nats.publish(request);
    const second = await under.client.nats.publish(request);
    expect([first.duplicate, second.duplicate]).toEqual([false, true]);
    expect(second.sequence).toBe(first.sequence);
    await results.expectOneEach([request.id]);
  });

  it('after the dedup window and after its end has the same result and is not run again', async () => {
    const request = python(randomUUID());
    await under.client.nats.publish(request);
    const first = await under.client.nats.follow(request.id);
    await atRest(under.bus);
    const again = await publishAfterTheWindow(request);
    expect(again.duplicate).toBe(false);
    await results.expectOneEach([request.id]);
    const { result } = await under.client.get(request.id);
    expect(result && ExecutionResult.toJSON(result)).toEqual(ExecutionResult.toJSON(first.result));
    expect(await sandboxesOf(under.bus, request.id)).toEqual([first.result.sandboxId]);
    expect(await storedText(under.bus, request.id)).toBe(first.stdout);
  });

  it('after the dedup window while it runs joins the run', async () => {
    const id = randomUUID();
    const begun = Promise.withResolvers<void>();
    const request = {
      ...{ id, language: 'sh', userId: 'ann' },
      code: 'cat /proc/sys/kernel/random/uuid; sleep 1',
    };
    await under.client.nats.publish(request);
    const outcome = under.client.nats.follow(id, { onStdout: () => begun.resolve() });
    await begun.promise;
    await publishAfterTheWindow(request);
    const { stdout, result } = await outcome;
    await results.expectOneEach([id]);
    expect(result.attempt).toBe(1);
    expect(await sandboxesOf(under.bus, id)).toEqual([result.sandboxId]);
    expect(await storedText(under.bus, id)).toBe(stdout);
  });

  it('over gRPC and over NATS under one id is one execution', async () => {
    const request = python(randomUUID());
    const [overGrpc] = await Promise.all([
      under.client.run(request),
      under.client.nats.publish(request),
    ]);
    const overNats = await under.client.nats.result(request.id);
    expect(await sandboxesOf(under.bus, request.id)).toEqual([overNats.sandboxId]);
    expect(overGrpc.result.sandboxId).toBe(overNats.sandboxId);
    await results.expectOneEach([request.id]);
  });
});

describe('an idempotency key', () => {
  const under = usePlatform();
  const results = useResultLog(under);
  const keyed = (userId: string, code = 'echo hi'): RunRequest => ({
    ...{ language: 'sh', code, userId, idempotencyKey: 'my key' },
  });

  it('of a run is the same execution for its user and another one for others', async () => {
    const first = await under.client.submit(keyed('ann'));
    const again = await under.client.submit(keyed('ann'));
    const others = await under.client.submit(keyed('bob'));
    expect(again).toMatchObject({ executionId: first.executionId, duplicate: true });
    expect(others.duplicate).toBe(false);
    expect(others.executionId).not.toBe(first.executionId);
    await results.expectOneEach([first.executionId, others.executionId]);
  });

  it('of a run with another request is a conflict', async () => {
    const refused = under.client.submit(keyed('ann', 'echo something else'));
    await expect(refused).rejects.toMatchObject({ code: 'conflict' });
  });

  it('of an acquire is the same lease for its user and another one for others', async () => {
    const wanted = { template: 'shell', idempotencyKey: 'my key' };
    const [first, again, others] = await Promise.all([
      under.client.acquire({ ...wanted, userId: 'ann' }),
      under.client.acquire({ ...wanted, userId: 'ann' }),
      under.client.acquire({ ...wanted, userId: 'bob' }),
    ]);
    expect([again.id, again.token]).toEqual([first.id, first.token]);
    expect(others.id).not.toBe(first.id);
    expect(others.token).not.toBe(first.token);
    const changed = under.client.acquire({ ...wanted, userId: 'ann', s3Bucket: 'elsewhere' });
    await expect(changed).rejects.toMatchObject({ code: 'conflict' });
    await Promise.all([first.release(), others.release()]);
  });

  it('does not open the execution of another user who knows its id', async () => {
    const id = randomUUID();
    await under.client.submit({ id, language: 'sh', code: 'echo hi', userId: 'ann' });
    const theirs = under.client.submit({ id, language: 'sh', code: 'echo hi', userId: 'bob' });
    await expect(theirs).rejects.toMatchObject({ code: 'conflict' });
    await results.all([id]);
  });
});
