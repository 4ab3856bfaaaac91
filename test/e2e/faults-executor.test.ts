// The executor is killed and stopped in the middle of runs.

import { randomUUID } from 'node:crypto';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';
import { sandboxProcesses } from './leftovers.ts';
import { useResultLog } from './result-log.ts';
import { storedOutput } from './stored.ts';
import { until } from './until.ts';

/** Says who it is at once and that it is done after a while: another attempt is somebody else. */
const slowly = (seconds: number) => `cat /proc/sys/kernel/random/uuid; sleep ${seconds}; echo done`;
const oneAttempt = /^[0-9a-f-]{36}\ndone\n$/;

describe('an executor that fails', () => {
  const notes: string[] = [];
  const under = usePlatform({
    onEvent: (event) => void (event.kind === 'note' && notes.push(event.message)),
  });
  const results = useResultLog(under);

  /** Publishes a run and resolves when it has written something; `outcome` has its end. */
  async function begin(seconds: number) {
    const { nats } = under.client;
    const id = randomUUID();
    const begun = Promise.withResolvers<void>();
    const restarts: number[] = [];
    const request = { id, language: 'sh', code: slowly(seconds), userId: 'ann' };
    await nats.publish({ ...request, timeoutSeconds: 30 });
    const outcome = nats.follow(id, {
      onStdout: () => begun.resolve(),
      onRestart: (attempt) => void restarts.push(attempt),
    });
    await Promise.race([begun.promise, outcome]);
    return { id, outcome, restarts };
  }

  /** What a reader sees who comes afterwards. */
  async function outcomeOverGrpc(id: string): Promise<string> {
    let pieces: Uint8Array[] = [];
    for await (const update of under.client.watchOutput(id)) {
      if (update.$case === 'restarted') pieces = [];
      if (update.$case === 'output') pieces.push(update.output.data);
    }
    return Buffer.concat(pieces).toString();
  }

  async function stopUntilTakenForDead() {
    const isDead = (note: string) => note.startsWith('a node is dead');
    notes.length = 0;
    under.platform.signal('executor', 'SIGSTOP');
    try {
      await until('the scheduler takes it for dead', () => notes.some(isDead));
    } finally {
      under.platform.signal('executor', 'SIGCONT');
    }
  }

  it('is killed in the middle of a run: a second attempt, one result, one output', async () => {
    const { id, outcome, restarts } = await begin(2);
    under.platform.signal('executor', 'SIGKILL');
    const { result, status, stdout } = await outcome;
    expect({ status, attempt: result.attempt }).toEqual({ status: 'completed', attempt: 2 });
    expect(stdout).toMatch(oneAttempt);
    expect(restarts).toEqual([2]);
    const first = (await storedOutput(under.bus, id)).filter(({ attempt }) => attempt === 1);
    expect(stdout).not.toContain(
      first
        .map(({ data }) => Buffer.from(data))
        .join('')
        .trim(),
    );
    await results.expectOneEach([id]);
  });

  it('is killed: no process of its sandboxes lives a second later, and it comes back', async () => {
    const { id, outcome } = await begin(2);
    const before = sandboxProcesses(under.node);
    expect(before).not.toEqual([]);
    under.platform.signal('executor', 'SIGKILL');
    const survivors = () => sandboxProcesses(under.node).filter((pid) => before.includes(pid));
    await until('its sandboxes are gone', () => survivors().length === 0, 1_000 * slowness());
    await under.platform.ready('executor');
    expect((await outcome).result.attempt).toBe(2);
    await results.expectOneEach([id]);
  });

  it('is stopped until it is taken for dead and goes on: one result, one output', async () => {
    const { id, outcome } = await begin(2);
    await stopUntilTakenForDead();
    expect(await outcome).toMatchObject({
      status: 'completed',
      stdout: expect.stringMatching(oneAttempt),
    });
    await results.expectOneEach([id]);
  });

  it('goes on with a run that was begun anew meanwhile: one result, one output', async () => {
    const { id, outcome } = await begin(9);
    await stopUntilTakenForDead();
    const { result, stdout } = await outcome;
    expect(stdout).toMatch(oneAttempt);
    expect(stdout).toBe(Buffer.from(result.stdout?.data ?? []).toString());
    const overGrpc = await outcomeOverGrpc(id);
    expect(overGrpc).toBe(stdout);
    await results.expectOneEach([id]);
  });

  it('is stopped past the time of a run that hangs: it ends as a timeout, once', async () => {
    const { nats } = under.client;
    const id = randomUUID();
    const begun = Promise.withResolvers<void>();
    await nats.publish({
      ...{ id, language: 'sh', userId: 'ann', timeoutSeconds: 2 },
      code: 'echo begun; sleep 60',
    });
    const outcome = nats.follow(id, { onStdout: () => begun.resolve() });
    await begun.promise;
    await stopUntilTakenForDead();
    const timedOut = { status: 'timeout', exitCode: -1, stdout: 'begun\n' };
    expect(await outcome).toMatchObject(timedOut);
    await results.expectOneEach([id]);
  });
});
