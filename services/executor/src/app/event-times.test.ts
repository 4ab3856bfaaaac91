// The times and names that events carry: of every step, for everybody who asked, whatever the clocks do.
import { PlatformError, type SandboxEvent } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import {
  createTestNode,
  leaseRequest,
  never,
  runRequest,
  storedEvents,
  type TestNode,
  template,
} from '../testing/test-node.ts';
import { quiet, until } from '../testing/until.ts';
import { templateRevision } from './template-revision.ts';

const asked = {
  requestId: 'r',
  userId: 'ann',
  s3Bucket: 'bucket',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
};

async function eventsOf(node: TestNode): Promise<SandboxEvent[]> {
  await node.outbox.flushed();
  return storedEvents(node.bus);
}

/** A cold start that waits 40 ms for the driver and takes it 30, leased and released. */
async function coldLease(node: TestNode, between: () => void = () => undefined): Promise<void> {
  node.driver.isPrompt = false;
  node.stock.setTargets([{ template: 'generic', warm: 1, ttlSeconds: 1_000 }]);
  node.clock.advance(10);
  const receivedAt = new Date(node.clock.now().getTime() - 5);
  const leased = node.leases.lease(leaseRequest({ ...asked, receivedAt }), never);
  node.clock.advance(40);
  node.driver.pending[0]?.succeed();
  await until(() => node.driver.pending[0]?.spec.template.name === 'python');
  between();
  node.clock.advance(30);
  node.driver.pending[0]?.succeed();
  const { sandboxId, token } = await leased;
  between();
  node.clock.advance(200);
  node.leases.release({ sandboxId, token });
  await until(() => node.registry.get(sandboxId) === undefined);
}

/** Every time on it, in the order in which they have to be. */
function timesOf(event: SandboxEvent | undefined): readonly (Date | undefined)[] {
  return [
    ...[event?.requestReceivedAt, event?.orderedAt, event?.sandboxCreatedAt],
    ...[event?.imageReadyAt, event?.containerCreatedAt, event?.processStartedAt],
    ...[event?.readyAt, event?.availableAt, event?.stoppedAt],
  ];
}

const sinceFirst = (times: readonly (Date | undefined)[]) =>
  times.map((time) => (time?.getTime() ?? Number.NaN) - (times[0]?.getTime() ?? Number.NaN));

describe('the events of a lease', () => {
  it('carry the true time of every step, and who asked', async () => {
    const node = createTestNode({ maxConcurrentCreates: 1 });
    await coldLease(node);
    const events = (await eventsOf(node)).filter((event) => event.template === 'python');
    expect(events.map(({ type }) => type)).toEqual([
      ...['requested', 'creating', 'starting', 'ready', 'leased', 'stopped'],
    ]);
    const stopped = events.at(-1);
    expect(stopped).toMatchObject({
      ...asked,
      ...{ node: 'n1', incarnation: 'now', template: 'python', stopReason: 'manual' },
      ...{ fromWarmPool: false, acquisitionMs: 75, platformVersion: '1.2.3' },
      ...{ phases: { schedulingMs: 40 }, templateRevision: templateRevision(template('python')) },
    });
    // Received 5 ms before it came here; phases of the driver are 1, 2, 3 and 4 ms.
    expect(sinceFirst(timesOf(stopped))).toEqual([0, 5, 45, 46, 48, 51, 75, 75, 275]);
    const at = (type: string) => events.find((event) => event.type === type)?.at;
    expect([at('requested'), at('creating')]).toEqual([
      stopped?.orderedAt,
      stopped?.sandboxCreatedAt,
    ]);
    expect(at('starting')).toEqual(stopped?.containerCreatedAt);
    expect([at('ready'), at('leased')]).toEqual([stopped?.readyAt, stopped?.availableAt]);
    expect(at('stopped')).toEqual(stopped?.stoppedAt);
  });

  it('are in order when the wall clock is set back while it starts, and while it is held', async () => {
    const node = createTestNode({ maxConcurrentCreates: 1 });
    await coldLease(node, () => node.clock.stepWallClock(-3_600_000));
    const events = (await eventsOf(node)).filter((event) => event.template === 'python');
    expect(sinceFirst(timesOf(events.at(-1)))).toEqual([0, 5, 45, 46, 48, 51, 75, 75, 275]);
    const told = events.map(({ at }) => at?.getTime() ?? 0);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  });

  it('follow the wall clock where it leaps ahead', async () => {
    const node = createTestNode({ maxConcurrentCreates: 1 });
    await coldLease(node, () => node.clock.stepWallClock(1_000));
    const stopped = (await eventsOf(node)).at(-1);
    expect(sinceFirst(timesOf(stopped)).slice(6)).toEqual([1_075, 1_075, 2_275]);
    expect(stopped).toMatchObject({ acquisitionMs: 75, phases: { schedulingMs: 40 } });
  });

  it('are never available before they were asked for, where the scheduler is ahead', async () => {
    const node = createTestNode();
    const receivedAt = new Date(node.clock.now().getTime() + 60_000);
    await node.leases.lease(leaseRequest({ ...asked, receivedAt }), never);
    const leased = (await eventsOf(node)).at(-1);
    expect(leased).toMatchObject({ type: 'leased', acquisitionMs: 0, availableAt: receivedAt });
  });
});

describe('the events of a start that fails', () => {
  it('say who waited, how far it came, and that it was never available', async () => {
    const node = createTestNode();
    node.driver.isPrompt = false;
    const leased = node.leases.lease(leaseRequest(asked), never);
    const refused = expect(leased).rejects.toMatchObject({ code: 'unavailable' });
    await until(() => node.driver.pending.length > 0);
    node.clock.advance(20);
    node.driver.pending[0]?.fail(new PlatformError('unavailable', 'no such image'));
    await refused;
    const failed = (await eventsOf(node)).at(-1);
    expect(failed).toMatchObject({
      ...{ ...asked, type: 'failed', stopReason: 'error', detail: 'no such image' },
      ...{ platformVersion: '1.2.3', fromWarmPool: false },
    });
    const { availableAt, readyAt, imageReadyAt, phases } = failed ?? {};
    expect([availableAt, readyAt, imageReadyAt, phases]).toEqual(Array(4).fill(undefined));
    expect(sinceFirst([failed?.orderedAt, failed?.sandboxCreatedAt, failed?.stoppedAt])).toEqual([
      ...[0, 0, 20],
    ]);
  });

  it('say when its process began, where its application did not start', async () => {
    const node = createTestNode();
    const probe = { port: 3_000, path: '/health', period_seconds: 1, failure_threshold: 3 };
    node.stock.setCatalogue(new Map([['web', { ...template('web'), probe }]]));
    node.driver.isPrompt = false;
    const leased = node.leases.lease(leaseRequest({ ...asked, template: 'web' }), never);
    const refused = expect(leased).rejects.toMatchObject({ code: 'unavailable' });
    await until(() => node.driver.pending.length > 0);
    node.driver.pending[0]?.succeed();
    node.driver.sandbox().answer = { kind: 'silent', detail: 'nobody listens' };
    await quiet();
    node.clock.advance(500);
    node.driver.sandbox().finish({ kind: 'exited', code: 1 });
    await refused;
    const failed = (await eventsOf(node)).find(({ type }) => type === 'failed');
    expect(failed).toMatchObject({ ...asked, readyAt: undefined, availableAt: undefined });
    const { sandboxCreatedAt, imageReadyAt, containerCreatedAt, processStartedAt } = failed ?? {};
    const times = [sandboxCreatedAt, imageReadyAt, containerCreatedAt, processStartedAt];
    expect(sinceFirst([...times, failed?.stoppedAt])).toEqual([0, 1, 3, 6, 500]);
  });
});

describe('the result of a run', () => {
  it('ends after it began when the wall clock is set back between', async () => {
    const node = createTestNode();
    const run = node.runs.start(runRequest('e1'));
    await run.started;
    node.clock.stepWallClock(-60_000);
    node.clock.advance(25);
    node.driver.sandbox().finish({ kind: 'exited', code: 0 });
    const { startedAt, finishedAt } = await run.finished;
    expect(sinceFirst([startedAt, finishedAt])).toEqual([0, 25]);
  });
});
