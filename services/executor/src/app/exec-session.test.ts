import { type ExecRequest, type ExecResponse, ExecStart, type Lease } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import type { ScriptedCommand } from '../testing/scripted-driver.ts';
import { createTestNode, leaseRequest, never, type TestNode } from '../testing/test-node.ts';
import { quiet, until } from '../testing/until.ts';
import { runExec } from './exec-session.ts';

/** The requests of one call, as the test sends them. */
async function* sending(...messages: ExecRequest['message'][]): AsyncGenerator<ExecRequest> {
  for (const message of messages) yield { message };
}

const start = (lease: Lease, changed: Partial<ExecStart> = {}): ExecRequest['message'] => ({
  $case: 'start',
  start: ExecStart.fromPartial({ lease, argv: ['cat'], ...changed }),
});

const stdin = (text: string): ExecRequest['message'] => ({
  $case: 'stdin',
  stdin: Buffer.from(text),
});

interface Session {
  readonly said: ExecResponse['message'][];
  readonly done: Promise<void>;
}

function collect(responses: AsyncIterable<ExecResponse>): Session {
  const said: ExecResponse['message'][] = [];
  const read = async () => {
    for await (const { message } of responses) said.push(message);
  };
  return { said, done: read() };
}

async function started(node: TestNode, changed: Partial<ExecStart> = {}, signal = never) {
  const lease = await node.leases.lease(leaseRequest({ idleTimeoutSeconds: 60 }), never);
  const messages = sending(start(lease, changed), stdin('in'), {
    $case: 'stdinClosed',
    stdinClosed: true,
  });
  const session = collect(runExec(node, messages, signal));
  await until(() => node.driver.sandbox().commands.length === 1);
  const [command] = node.driver.sandbox().commands;
  if (command === undefined) throw new Error('no command');
  return { lease, session, command };
}

const textOf = (command: ScriptedCommand) => {
  const bytes: unknown = command.stdin.read();
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString() : '';
};

describe('a command', () => {
  it('gets its input, and its output and exit are told, the exit last', async () => {
    const node = createTestNode();
    const { session, command } = await started(node, { cwd: '/tmp', env: { A: 'b' } });
    expect(command.command).toEqual({ argv: ['cat'], env: { A: 'b' }, cwd: '/tmp' });
    await quiet();
    expect(textOf(command)).toBe('in');
    command.stdout.write('out');
    await quiet();
    command.stderr.write('err');
    await quiet();
    command.finish({ kind: 'exited', code: 5 });
    await session.done;
    expect(session.said).toEqual([
      { $case: 'stdout', stdout: Buffer.from('out') },
      { $case: 'stderr', stderr: Buffer.from('err') },
      { $case: 'exit', exit: { exitCode: 5, signal: '', timedOut: false } },
    ]);
  });

  it('is killed when its time is over, and says so', async () => {
    const node = createTestNode();
    const { session, command } = await started(node, { timeoutSeconds: 3 });
    node.clock.advance(3_000);
    await session.done;
    expect(command.kills).toBe(1);
    expect(session.said.at(-1)).toEqual({
      ...{ $case: 'exit', exit: { exitCode: -1, signal: 'SIGKILL', timedOut: true } },
    });
  });

  it('is killed when the call is cancelled', async () => {
    const node = createTestNode();
    const call = new AbortController();
    const { session, command } = await started(node, {}, call.signal);
    call.abort(new Error('gone'));
    await expect(session.done).rejects.toThrow('gone');
    expect(command.kills).toBe(1);
  });

  it('is killed when nobody reads its answers any more', async () => {
    const node = createTestNode();
    const lease = await node.leases.lease(leaseRequest(), never);
    const responses = runExec(node, sending(start(lease)), never);
    const first = responses.next();
    await until(() => node.driver.sandbox().commands.length === 1);
    const [command] = node.driver.sandbox().commands;
    command?.stdout.write('x');
    await first;
    await responses.return(undefined);
    expect(command?.kills).toBe(1);
  });

  it('is not waited for by orphans that hold its output', async () => {
    const node = createTestNode();
    const { session, command } = await started(node);
    command.stdout.write('early');
    command.stdout.end = () => command.stdout;
    command.finish({ kind: 'exited', code: 0 });
    await quiet();
    node.clock.advance(200);
    await session.done;
    expect(session.said).toHaveLength(2);
  });

  it('keeps its lease from becoming idle while it runs', async () => {
    const node = createTestNode();
    const { session, command } = await started(node);
    node.clock.advance(300_000);
    expect(node.leases.size).toBe(1);
    command.finish({ kind: 'exited', code: 0 });
    await session.done;
    node.clock.advance(60_000);
    expect(node.leases.size).toBe(0);
  });

  it('has the environment of its lease, and its own before that', async () => {
    const node = createTestNode();
    const env = { A: 'lease', B: 'lease' };
    const lease = await node.leases.lease(leaseRequest({ env }), never);
    const session = collect(runExec(node, sending(start(lease, { env: { B: 'own' } })), never));
    await until(() => node.driver.sandbox().commands.length === 1);
    const [command] = node.driver.sandbox().commands;
    expect(command?.command.env).toEqual({ A: 'lease', B: 'own' });
    command?.finish({ kind: 'exited', code: 0 });
    await session.done;
  });

  it('gets a terminal, its sizes and signals, also behind input that it does not read', async () => {
    const node = createTestNode();
    const lease = await node.leases.lease(leaseRequest(), never);
    const tty = { columns: 80, rows: 24 };
    const messages = sending(
      start(lease, { tty }),
      stdin('x'.repeat(500_000)),
      { $case: 'resize', resize: { columns: 90, rows: 30 } },
      { $case: 'resize', resize: { columns: 91, rows: 31 } },
      { $case: 'resize', resize: { columns: 92, rows: 32 } },
      { $case: 'signal', signal: 'SIGINT' },
    );
    const session = collect(runExec(node, messages, never));
    await until(() => node.driver.sandbox().commands[0]?.signals.length === 1);
    const [command] = node.driver.sandbox().commands;
    expect(command?.command.tty).toEqual(tty);
    expect(command?.signals).toEqual(['SIGINT']);
    // A size that was overtaken is not told any more.
    expect(command?.sizes.at(-1)).toEqual({ columns: 92, rows: 32 });
    command?.finish({ kind: 'signalled', signal: 'SIGINT' });
    await session.done;
  });

  it('stops taking input from its caller when it does not read, and goes on when it does', async () => {
    const node = createTestNode();
    const lease = await node.leases.lease(leaseRequest(), never);
    let sent = 0;
    async function* flood(): AsyncGenerator<ExecRequest> {
      yield { message: start(lease) };
      for (; sent < 100; sent += 1) yield { message: stdin('x'.repeat(100_000)) };
    }
    const session = collect(runExec(node, flood(), never));
    await until(() => sent > 5);
    await quiet(100);
    expect(sent).toBeLessThan(20);
    const [command] = node.driver.sandbox().commands;
    command?.stdin.resume();
    await until(() => sent === 100);
    command?.finish({ kind: 'exited', code: 0 });
    await session.done;
  });

  it.each<[string, ExecRequest['message'], string]>([
    ['a signal that is none', { $case: 'signal', signal: 'SIGNOPE' }, 'signal'],
    ['a signal that nobody sends', { $case: 'signal', signal: 'SIGSEGV' }, 'signal'],
    ['no size', { $case: 'resize', resize: { columns: 0, rows: 24 } }, 'resize'],
    ['a huge size', { $case: 'resize', resize: { columns: 80, rows: 1e6 } }, 'resize'],
  ])('is ended by a message that means nothing: %s', async (_, message, field) => {
    const node = createTestNode();
    const lease = await node.leases.lease(leaseRequest(), never);
    const { done } = collect(runExec(node, sending(start(lease), message), never));
    await expect(done).rejects.toMatchObject({ code: 'invalid_argument', details: [{ field }] });
    expect(node.driver.sandbox().commands[0]?.kills).toBe(1);
    expect(node.leases.begin(lease).lease.times.activeCalls).toBe(1);
  });

  it('is one of at most 256 calls of its lease at once', async () => {
    const node = createTestNode();
    const lease = await node.leases.lease(leaseRequest(), never);
    const calls = Array.from({ length: 256 }, () => node.leases.begin(lease));
    const { done } = collect(runExec(node, sending(start(lease)), never));
    await expect(done).rejects.toMatchObject({ code: 'resource_exhausted' });
    calls[0]?.done();
    node.leases.begin(lease);
  });

  it('is refused where the request is wrong or the sandbox is paused', async () => {
    const node = createTestNode();
    const lease = await node.leases.lease(leaseRequest(), never);
    const refused = async (...messages: ExecRequest['message'][]) => {
      const { done } = collect(runExec(node, sending(...messages), never));
      return done.then(
        () => 'accepted',
        (error: unknown) => error,
      );
    };
    expect(await refused(stdin('x'))).toMatchObject({ details: [{ field: 'start' }] });
    expect(
      await refused(
        start(lease, {
          ...{ argv: [], cwd: 'here', timeoutSeconds: -1 },
          ...{ env: { 'A-B': '' }, tty: { columns: 0, rows: 0 } },
        }),
      ),
    ).toMatchObject({
      details: [
        ...[{ field: 'argv' }, { field: 'cwd' }, { field: 'timeout_seconds' }],
        ...[{ field: 'env.A-B' }, { field: 'tty' }],
      ],
    });
    const stranger = start({ ...lease, token: 'x' });
    expect(await refused(stranger)).toMatchObject({ code: 'permission_denied' });
    await node.leases.pause(lease);
    expect(await refused(start(lease))).toMatchObject({ code: 'failed_precondition' });
  });
});
