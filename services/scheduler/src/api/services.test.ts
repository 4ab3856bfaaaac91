import { RateLimits } from '@pilotlight/access';
import {
  type ConnectPortRequest,
  type ExecRequest,
  ExecutionServiceDefinition,
  type Lease,
  SandboxServiceDefinition,
  type WriteFilesRequest,
} from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { bind, connectRpc, serveRpc } from '@pilotlight/rpc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LeaderTerm } from '../app/leader-term.ts';
import { Leadership } from '../app/leadership.ts';
import { collect, Rig } from '../testing/rig.ts';
import { executionService } from './execution-service.ts';
import { countingWith } from './rate-limit.ts';
import { sandboxService } from './sandbox-service.ts';

let rig: Rig;
const releases: (() => unknown)[] = [];
beforeEach(() => {
  rig = new Rig();
});
afterEach(async () => {
  await rig.close();
  for (const release of releases.splice(0).toReversed()) await release();
});

interface Connections {
  readonly sandboxes: ReturnType<typeof connectRpc<typeof SandboxServiceDefinition>>['client'];
  readonly executions: ReturnType<typeof connectRpc<typeof ExecutionServiceDefinition>>['client'];
}

function connect(address: string): Connections {
  const sandboxes = connectRpc(SandboxServiceDefinition, { address });
  const executions = connectRpc(ExecutionServiceDefinition, { address });
  releases.push(() => sandboxes.close());
  releases.push(() => executions.close());
  return { sandboxes: sandboxes.client, executions: executions.client };
}

/** A scheduler that leads, or one that relays to the address. */
async function scheduler(leads: LeaderTerm | string): Promise<string> {
  const here = typeof leads !== 'string';
  const leadership = new Leadership<Connections>({
    clock: new ManualClock(),
    election: () => ({
      isLeader: () => here,
      leader: () => (here ? undefined : { holder: 'h', address: leads, epoch: 1 }),
    }),
    peerAt: connect,
  });
  if (here) await leadership.open(Promise.resolve(leads), new AbortController().signal);
  const count = countingWith(new RateLimits());
  const server = await serveRpc({
    address: '127.0.0.1:0',
    services: [
      bind(SandboxServiceDefinition, sandboxService(leadership, count)),
      bind(ExecutionServiceDefinition, executionService(leadership, count)),
    ],
  });
  releases.push(() => server.close(0));
  return server.address;
}

describe.each(['the leader', 'a relay'])('called through %s', (which) => {
  async function client(): Promise<Connections> {
    const leader = await scheduler(await rig.lead());
    return connect(which === 'the leader' ? leader : await scheduler(leader));
  }

  it('leases, runs a command and releases', async () => {
    const node = await rig.addNode('n1');
    const { sandboxes } = await client();
    const lease = await sandboxes.acquireSandbox({ template: 'python', userId: 'u' });
    expect(await sandboxes.keepAlive(lease)).toMatchObject({ state: 'leased' });
    const told: string[] = [];
    for await (const { message } of sandboxes.exec(commands(lease))) {
      if (message?.$case === 'stdout') told.push(Buffer.from(message.stdout).toString());
      if (message?.$case === 'exit') told.push(`exit ${message.exit.exitCode}`);
    }
    expect(told).toEqual(['n1: cat', 'hello', 'exit 0']);
    const asked = await sandboxes.installPackages({ lease, packages: ['vitest'] });
    expect(asked.installed).toEqual(['vitest']);
    await sandboxes.releaseSandbox(lease);
    await sandboxes.releaseSandbox(lease);
    expect(node.leases.size).toBe(0);
  });

  it('hands files and connections on to the node, whichever way they stream', async () => {
    const node = await rig.addNode('n1');
    const { sandboxes } = await client();
    const lease = await sandboxes.acquireSandbox({ template: 'python', userId: 'u' });
    expect(await sandboxes.writeFiles(upload(lease))).toEqual({ files: 1, bytes: 6 });
    expect(node.folders).toEqual(['a/b']);
    const read: string[] = [];
    for await (const { data } of sandboxes.readFile({ lease, path: 'x' })) {
      read.push(Buffer.from(data).toString());
    }
    expect(read).toEqual(['n1: x']);
    const { entries } = await sandboxes.listFiles({ lease, path: 'y' });
    expect(entries.map(({ path }) => path)).toEqual(['y']);
    const heard: string[] = [];
    for await (const { data } of sandboxes.connectPort(connection(lease))) {
      heard.push(Buffer.from(data).toString());
    }
    expect(heard).toEqual(['', 'ping']);
    expect(await sandboxes.hibernateSandbox(lease)).toMatchObject({ sandboxId: lease.sandboxId });
  });

  it('passes env, files and network on, and refuses what is wrong of them all at once', async () => {
    const node = await rig.addNode('n1');
    const { sandboxes } = await client();
    const wanted = { env: { A: 'b' }, network: 'egress', files: [{ path: 'a/b', content: bytes }] };
    await sandboxes.acquireSandbox({ template: 'python', userId: 'u', ...wanted });
    expect([...node.leases.values()]).toMatchObject([wanted]);
    const wrong = {
      env: { '1A': '' },
      network: 'all',
      files: [{ path: '../b' }, { path: 'a' }, { path: 'a/c' }, { path: 'a/c' }],
      limits: { memoryMb: 4_096 },
    };
    const refused = sandboxes.acquireSandbox({ template: 'python', userId: 'u', ...wrong });
    await expect(refused).rejects.toMatchObject({
      code: 'invalid_argument',
      details: [
        { field: 'env.1A' },
        { field: 'files[0].path' },
        { field: 'files[1].path', problem: 'is a folder of another file' },
        { field: 'files[3].path', problem: 'is given twice' },
        { field: 'network' },
        { field: 'limits.memory_mb', problem: 'must be 64 to 2048 MB' },
      ],
    });
  });

  it('takes a key with other options for another request, in whatever order they come', async () => {
    await rig.addNode('n1');
    const { sandboxes } = await client();
    const key = { template: 'python', userId: 'u', idempotencyKey: 'k' };
    const first = await sandboxes.acquireSandbox({ ...key, env: { A: '1', B: '2' } });
    const again = await sandboxes.acquireSandbox({ ...key, env: { B: '2', A: '1' } });
    expect(again.sandboxId).toBe(first.sandboxId);
    const others = [
      { env: { A: '1' } },
      { env: { A: '1', B: '2' }, network: 'none' },
      { env: { A: '1', B: '2' }, files: [{ path: 'a', content: bytes }] },
    ];
    for (const other of others) {
      const call = sandboxes.acquireSandbox({ ...key, ...other });
      await expect(call).rejects.toMatchObject({ code: 'conflict' });
    }
  });

  it('answers with typed errors that name the field', async () => {
    const { sandboxes, executions } = await client();
    await expect(sandboxes.acquireSandbox({ template: 'perl' })).rejects.toMatchObject({
      code: 'invalid_argument',
      details: [{ field: 'template', problem: expect.stringContaining('generic, javascript') }],
    });
    await expect(executions.getExecution({ executionId: 'a.b' })).rejects.toMatchObject({
      code: 'invalid_argument',
      details: [{ field: 'execution_id' }],
    });
  });

  it('executes, tells about it, and has the result afterwards', async () => {
    const node = await rig.addNode('n1');
    const { executions } = await client();
    const request = { executionId: 'e1', userId: 'u', language: 'python', code: '1' };
    const live = collect(executions.execute(request));
    await rig.until(() => node.runs.size === 1);
    expect(await executions.getExecution({ executionId: 'e1' })).toMatchObject({
      status: 'running',
    });
    await node.finish('e1');
    await live.done;
    expect(live.told.at(-1)).toBe('=completed');
    const watch = collect(executions.watchOutput({ executionId: 'e1' }));
    await watch.done;
    expect(watch.told).toEqual(['=completed']);
    expect(await executions.cancelExecution({ executionId: 'e1' })).toMatchObject({
      status: 'completed',
    });
  });
});

const bytes = Buffer.from('ab');

async function* upload({ sandboxId, token }: Lease): AsyncGenerator<WriteFilesRequest> {
  yield { message: { $case: 'start', start: { lease: { sandboxId, token }, path: 'a/b' } } };
  for (let piece = 0; piece < 3; piece += 1) {
    yield { message: { $case: 'archive', archive: bytes } };
  }
}

async function* connection({ sandboxId, token }: Lease): AsyncGenerator<ConnectPortRequest> {
  yield { message: { $case: 'open', open: { lease: { sandboxId, token }, port: 80 } } };
  yield { message: { $case: 'data', data: Buffer.from('ping') } };
}

async function* commands({ sandboxId, token }: Lease): AsyncGenerator<ExecRequest> {
  const lease = { sandboxId, token };
  const start = { lease, argv: ['cat'], env: {}, cwd: '', timeoutSeconds: 0 };
  yield { message: { $case: 'start', start } };
  yield { message: { $case: 'stdin', stdin: Buffer.from('hello') } };
}
