// A leased sandbox from acquire to its end: commands, deadlines, tokens, and what is told about it.

import { randomUUID } from 'node:crypto';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { describe, expect, it } from 'vitest';
import { refusalOf } from './behaviour-fixture.ts';
import { usePlatform } from './fixture.ts';
import { eventOf as eventAbout } from './sandbox-events.ts';
import { until } from './until.ts';

const template = 'shell';

describe('a session', () => {
  const under = usePlatform({ driver: 'oci' });
  const acquire = (more = {}) => under.client.acquire({ template, userId: 'ann', ...more });

  const eventOf = (sandboxId: string, type: string) => eventAbout(under.bus, sandboxId, type);

  it.each([
    ['an exit code', 'exit 7', {}, { exitCode: 7, timedOut: false }],
    ['both streams', 'echo a; echo b >&2', {}, { exitCode: 0, stdout: 'a\n', stderr: 'b\n' }],
    ['stdin', 'cat', { stdin: 'in' }, { exitCode: 0, stdout: 'in' }],
    ['an environment', 'echo $A', { env: { A: 'b c' } }, { stdout: 'b c\n' }],
    ['a folder', 'pwd', { cwd: '/tmp' }, { stdout: '/tmp\n' }],
    ['its own folder', 'pwd', {}, { stdout: '/workspace\n' }],
    ['a signal', 'kill -SEGV $$', {}, { exitCode: -1, signal: 'SIGSEGV', timedOut: false }],
    [
      'a timeout',
      'echo a; sleep 60',
      { timeoutSeconds: 1 },
      { exitCode: -1, timedOut: true, stdout: 'a\n' },
    ],
  ])('runs a command with %s', async (_, script, options, outcome) => {
    await using sandbox = await acquire();
    expect(await sandbox.exec(['sh', '-c', script], options)).toMatchObject(outcome);
    expect(await sandbox.exec(['echo', 'next'])).toMatchObject({ stdout: 'next\n' });
  });

  it('keeps files between commands, and runs commands beside each other', async () => {
    await using sandbox = await acquire();
    await sandbox.exec(['sh', '-c', 'echo kept > file; mkfifo pipe']);
    const [reader] = await Promise.all([
      sandbox.exec(['cat', 'file', 'pipe']),
      sandbox.exec(['sh', '-c', 'echo beside > pipe']),
    ]);
    expect(reader).toMatchObject({ exitCode: 0, stdout: 'kept\nbeside\n' });
  });

  it('kills the command of a call that is given up', async () => {
    await using sandbox = await acquire();
    const giveUp = new AbortController();
    const call = sandbox.exec(['sh', '-c', 'sleep 4242 & echo up; wait'], {
      signal: giveUp.signal,
      onStdout: () => giveUp.abort(),
    });
    expect(await refusalOf(call)).toMatchObject({ code: 'cancelled' });
    const look = ['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\0" " "'];
    const isGone = async () => !(await sandbox.exec(look)).stdout.includes('sleep 4242');
    await until('the command is gone', isGone, 2_000 * slowness());
  });

  it('can be paused and resumed', async () => {
    await using sandbox = await acquire();
    expect(await sandbox.pause()).toMatchObject({ state: 'paused' });
    expect(await sandbox.pause()).toMatchObject({ state: 'paused' });
    const refusal = await refusalOf(sandbox.exec(['true']));
    expect(refusal).toMatchObject({ code: 'failed_precondition' });
    expect(await sandbox.resume()).toMatchObject({ state: 'leased' });
    expect(await sandbox.exec(['echo', 'on'])).toMatchObject({ stdout: 'on\n' });
    await eventOf(sandbox.id, 'paused');
    await eventOf(sandbox.id, 'resumed');
  });

  it('tells whose it is on its events', async () => {
    const sandbox = await acquire({ s3Bucket: 'bucket-1' });
    expect(await sandbox.describe()).toMatchObject({ userId: 'ann', state: 'leased' });
    const listed = await under.client.listSandboxes(template);
    expect(listed.find(({ sandboxId }) => sandboxId === sandbox.id)).toMatchObject({
      ...{ userId: 'ann', state: 'leased', template },
    });
    await sandbox.release();
    const { fromWarmPool } = sandbox.lease;
    const whose = { userId: 'ann', s3Bucket: 'bucket-1', fromWarmPool };
    expect(await eventOf(sandbox.id, 'leased')).toMatchObject(whose);
    const stopped = await eventOf(sandbox.id, 'stopped');
    expect(stopped).toMatchObject({ ...whose, stopReason: 'manual' });
  });

  it.each([
    ['inactivity', { idleTimeoutSeconds: 1 }],
    ['expired', { ttlSeconds: 1, idleTimeoutSeconds: 60 }],
  ])('ends by itself: %s', async (reason, times) => {
    const sandbox = await acquire(times);
    const stopped = await eventOf(sandbox.id, 'stopped');
    expect(stopped.stopReason).toBe(reason);
    const lastedMs = Number(stopped.stoppedAt) - Number(stopped.availableAt);
    expect(lastedMs).toBeGreaterThanOrEqual(990);
    expect(lastedMs).toBeLessThan(1_000 + 1_000 * slowness());
    expect(await refusalOf(sandbox.keepAlive())).toMatchObject({ code: 'permission_denied' });
  });

  it('is kept alive by use, but never past its time to live', async () => {
    const sandbox = await acquire({ idleTimeoutSeconds: 1, ttlSeconds: 3 });
    const use = async () => {
      const error = await sandbox.keepAlive().then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      return error !== undefined;
    };
    await until('its time is over', use, 5_000 * slowness());
    const stopped = await eventOf(sandbox.id, 'stopped');
    expect(stopped.stopReason).toBe('expired');
    expect(Number(stopped.stoppedAt) - Number(stopped.availableAt)).toBeGreaterThanOrEqual(2_990);
  });

  it('is the same for the same key of the same user, as long as it lives', async () => {
    const key = { idempotencyKey: randomUUID() };
    const [first, second] = await Promise.all([acquire(key), acquire(key)]);
    const third = await acquire(key);
    const same = { id: first.id, token: first.token };
    expect([second, third].map(({ id, token }) => ({ id, token }))).toEqual([same, same]);
    const other = await acquire({ ...key, userId: 'bob' });
    expect(other.id).not.toBe(first.id);
    const conflict = await refusalOf(acquire({ ...key, ttlSeconds: 60 }));
    expect(conflict.code).toBe('conflict');
    await Promise.all([first.release(), other.release()]);
    const again = await acquire(key);
    expect(again.id).not.toBe(first.id);
    await again.release();
  });

  it.each([
    ['no token', () => ''],
    ['a wrong token', () => 'AAAAAAAAAAAAAAAAAAAAAA'],
    ['a stale token', (_: string, stale: string) => stale],
  ])('refuses every call with %s', async (_, choose) => {
    const former = await acquire();
    await former.release();
    await using sandbox = await acquire();
    const sandboxId = sandbox.id;
    const thief = under.client.attach({ sandboxId, token: choose(sandbox.token, former.token) });
    const calls = [
      ...[() => thief.exec(['true']), thief.describe, thief.keepAlive],
      ...[thief.pause, thief.resume, thief.release],
    ];
    for (const call of calls) {
      expect(await refusalOf(call())).toMatchObject({ code: 'permission_denied' });
    }
    expect(await sandbox.exec(['echo', 'mine'])).toMatchObject({ stdout: 'mine\n' });
  });

  it('can be released twice, and not used afterwards', async () => {
    const sandbox = await acquire();
    await sandbox.release();
    await sandbox.release();
    const used = await refusalOf(sandbox.exec(['true']));
    expect(used.code).toBe('permission_denied');
  });
});
