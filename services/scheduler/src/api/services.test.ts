import {
  type ExecRequest,
  ExecutionServiceDefinition,
  type Lease,
  SandboxServiceDefinition,
} from '@pilotlight/contracts';
import { ManualClock } from '@pilotlight/lifecycle';
import { bind, connectRpc, serveRpc } from '@pilotlight/rpc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LeaderTerm } from '../app/leader-term.ts';
import { Leadership } from '../app/leadership.ts';
import { collect, Rig } from '../testing/rig.ts';
import { executionService } from './execution-service.ts';
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
  const server = await serveRpc({
    address: '127.0.0.1:0',
    services: [
      bind(SandboxServiceDefinition, sandboxService(leadership)),
      bind(ExecutionServiceDefinition, executionService(leadership)),
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
    await sandboxes.releaseSandbox(lease);
    await sandboxes.releaseSandbox(lease);
    expect(node.leases.size).toBe(0);
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

async function* commands({ sandboxId, token }: Lease): AsyncGenerator<ExecRequest> {
  const lease = { sandboxId, token };
  const start = { lease, argv: ['cat'], env: {}, cwd: '', timeoutSeconds: 0 };
  yield { message: { $case: 'start', start } };
  yield { message: { $case: 'stdin', stdin: Buffer.from('hello') } };
}
