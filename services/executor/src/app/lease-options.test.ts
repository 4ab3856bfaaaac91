// What a lease is asked to have beside its template, on a warm sandbox as on a cold one.
import { type LeaseSandboxRequest, PlatformError } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { TarReader } from '../domain/tar-reader.ts';
import {
  createTestNode,
  leaseRequest,
  never,
  type TestNode,
  template,
} from '../testing/test-node.ts';
import { until } from '../testing/until.ts';

const lease = async (node: TestNode, changed: Partial<LeaseSandboxRequest> = {}) =>
  node.leases.lease(leaseRequest(changed), never);

/** A node with one warm sandbox. */
async function warm(): Promise<TestNode> {
  const node = createTestNode();
  node.stock.setTargets([{ template: 'python', warm: 1, ttlSeconds: 3_600 }]);
  node.clock.advance(10);
  await until(() => node.stock.pools[0]?.ready.length === 1);
  return node;
}

const isGone = (node: TestNode, id: string) => until(() => !node.driver.living.has(id));
const file = (path: string, content: string) => ({ path, content: Buffer.from(content) });

describe('options of a lease on a warm sandbox', () => {
  it('gives it a network where that was asked for, and not otherwise', async () => {
    const node = await warm();
    expect((await lease(node)).fromWarmPool).toBe(true);
    expect(node.driver.sandbox().hasEgress).toBe(false);
    const other = await warm();
    expect((await lease(other, { network: 'egress' })).fromWarmPool).toBe(true);
    expect(other.driver.sandbox().hasEgress).toBe(true);
  });

  it('has the network of its template unless the lease says otherwise', async () => {
    const node = createTestNode();
    const online = { ...template('python'), network: 'egress' as const };
    node.stock.setCatalogue(new Map([['python', online]]));
    const first = await lease(node);
    expect(node.driver.sandbox(first.sandboxId).hasEgress).toBe(true);
    const second = await lease(node, { network: 'none' });
    expect(node.driver.sandbox(second.sandboxId).hasEgress).toBe(false);
  });

  it('answers once its files are written', async () => {
    const node = await warm();
    const answer = lease(node, { files: [file('a/b', 'hello'), file('ü', '')] });
    await until(() => node.driver.sandbox().commands.length === 1);
    const [command] = node.driver.sandbox().commands;
    let answered = false;
    void answer.then(() => {
      answered = true;
    });
    const reader = new TarReader();
    const names: string[] = [];
    for await (const chunk of command?.stdin ?? []) {
      for (const event of reader.push(chunk)) {
        if (event.kind === 'entry') names.push(Buffer.from(event.entry.name).toString());
      }
    }
    reader.end();
    expect(names).toEqual(['a/b', 'ü']);
    expect(answered).toBe(false);
    command?.finish({ kind: 'exited', code: 0 });
    expect((await answer).fromWarmPool).toBe(true);
  });

  it.each<[string, Partial<LeaseSandboxRequest>, (node: TestNode) => Promise<void> | void, string]>(
    [
      [
        'a network that cannot be opened',
        { network: 'egress' },
        (node) => {
          node.driver.sandbox().egressProblem = new PlatformError('unavailable', 'no bridge');
        },
        "the lease's network cannot be had: no bridge",
      ],
      [
        'files that do not fit',
        { files: [file('a', 'x')] },
        async (node) => {
          await until(() => node.driver.sandbox().commands.length === 1);
          const [command] = node.driver.sandbox().commands;
          command?.stderr.write('tar: a: Cannot write: No space left on device\n');
          command?.finish({ kind: 'exited', code: 2 });
        },
        'No space left on device',
      ],
      [
        'a sandbox that dies meanwhile',
        { files: [file('a', 'x')] },
        async (node) => {
          await until(() => node.driver.sandbox().commands.length === 1);
          const [command] = node.driver.sandbox().commands;
          command?.finish({ kind: 'signalled', signal: 'SIGKILL' });
        },
        'the command was killed',
      ],
    ],
  )('destroys a sandbox with %s, and says so', async (_, wanted, happens, message) => {
    const node = await warm();
    const { id } = node.driver.sandbox();
    node.stock.setTargets([]);
    const begun = wanted.network === undefined ? undefined : happens(node);
    const answer = lease(node, wanted);
    answer.catch(() => undefined);
    await (begun ?? happens(node));
    // `internal`: the scheduler asks the next node, and does not take this one for full.
    await expect(answer).rejects.toMatchObject({
      ...{ code: 'internal', message: expect.stringContaining(message) },
    });
    await isGone(node, id);
    expect(node.leases.size).toBe(0);
  });

  it('refuses what is wrong, or missing here, before anything is claimed', async () => {
    const node = await warm();
    const wrong = {
      env: { 'a b': '', A: 'x\0y', LONG: 'x'.repeat(40_000) },
      files: [file('/etc/passwd', ''), file('a', ''), file('a', '')],
      network: 'everything',
      limits: { memoryMb: 4_096, cpus: 9, pids: 1 },
    };
    await expect(lease(node, wrong)).rejects.toMatchObject({
      code: 'invalid_argument',
      details: [
        ...['env.a b', 'env.A', 'env', 'files[0].path', 'files[2].path', 'network'],
        ...['limits.memory_mb', 'limits.cpus', 'limits.pids'],
      ].map((field) => ({ field })),
    });
    Object.assign(node.driver.capabilities, {
      egress: { available: false, reason: 'nft is not installed' },
    });
    await expect(lease(node, { network: 'egress' })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining('nft is not installed'),
    });
    expect(node.stock.pools[0]?.ready).toHaveLength(1);
  });

  it('gives memory up to 2 GiB, and not less than the template needs', async () => {
    const node = createTestNode();
    const large = template('python');
    const limits = { ...large.limits, min_memory_mb: 200 };
    node.stock.setCatalogue(new Map([['python', { ...large, limits }]]));
    const memory = (memoryMb: number) => ({ limits: { memoryMb, cpus: 0, pids: 0 } });
    await lease(node, memory(2_048));
    expect(node.driver.sandbox().limits.memoryBytes).toBe(2_048 * 2 ** 20);
    await expect(lease(node, memory(199))).rejects.toMatchObject({
      details: [{ field: 'limits.memory_mb', problem: 'must be 200 to 2048 MB' }],
    });
  });
});
