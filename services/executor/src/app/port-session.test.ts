import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { ConnectPortRequest, ConnectPortResponse, Lease } from '@pilotlight/contracts';
import { describe, expect, it } from 'vitest';
import { createTestNode, leaseRequest, never, type TestNode } from '../testing/test-node.ts';
import { quiet, until } from '../testing/until.ts';
import { connectPort } from './port-session.ts';

const open = (lease: Lease, port = 80): ConnectPortRequest => ({
  message: { $case: 'open', open: { lease, port } },
});
const data = (text: string): ConnectPortRequest => ({
  message: { $case: 'data', data: Buffer.from(text) },
});

/** A caller whose messages and end the test sends. */
function caller() {
  const messages: ConnectPortRequest[] = [];
  let wake = () => {};
  let ended = false;
  async function* requests() {
    for (;;) {
      const next = messages.shift();
      if (next !== undefined) yield next;
      else if (ended) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }
  return {
    requests: requests(),
    send(...more: ConnectPortRequest[]) {
      messages.push(...more);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
  };
}

/** Everything that is answered; an empty message shows as `-`. */
function heard(responses: AsyncIterable<ConnectPortResponse>) {
  const said: string[] = [];
  const read = async () => {
    for await (const piece of responses) said.push(Buffer.from(piece.data).toString() || '-');
  };
  const done = read();
  done.catch(() => undefined);
  return { said, done };
}

async function connected(signal = never) {
  const node = createTestNode();
  const lease = await node.leases.lease(leaseRequest({ idleTimeoutSeconds: 60 }), never);
  const accepted = Promise.withResolvers<Duplex>();
  const sandbox = node.driver.sandbox();
  sandbox.ports.set(80, accepted.resolve);
  const sides: Duplex[] = [];
  const connect = sandbox.connect.bind(sandbox);
  sandbox.connect = async (port) => {
    const side = await connect(port);
    sides.push(side);
    return side;
  };
  const talk = caller();
  talk.send(open(lease));
  const { said, done } = heard(connectPort(node, talk.requests, signal));
  const program = await accepted.promise;
  await until(() => said.length === 1);
  return { node, lease, talk, said, done, program, sides };
}

type Connected = Awaited<ReturnType<typeof connected>>;

const activeCalls = (node: TestNode, lease: Lease) => node.leases.use(lease).times.activeCalls;

describe('a connection to a port', () => {
  it('says that it stands, and carries bytes both ways', async () => {
    const { talk, said, done, program } = await connected();
    talk.send(data('ping'));
    expect(String((await once(program, 'data'))[0])).toBe('ping');
    program.write('pong');
    await until(() => said.length === 2);
    talk.end();
    program.end();
    program.resume();
    await done;
    expect(said).toEqual(['-', 'pong', '-']);
  });

  it('goes on towards the caller after the caller has ended', async () => {
    const { talk, said, done, program } = await connected();
    talk.send(data('all'));
    talk.end();
    program.resume();
    await once(program, 'end');
    program.end('answer');
    await done;
    expect(said).toEqual(['-', 'answer', '-']);
  });

  it('goes on towards the program after the program has ended', async () => {
    const { talk, said, done, program } = await connected();
    program.end('bye');
    await until(() => said.at(-1) === '-' && said.length === 3);
    talk.send(data('late'));
    expect(String((await once(program, 'data'))[0])).toBe('late');
    talk.end();
    await done;
  });

  it('keeps its lease from being idle, and no longer', async () => {
    const { node, lease, talk, done, program } = await connected();
    node.clock.advance(300_000);
    expect(activeCalls(node, lease)).toBe(1);
    talk.end();
    program.end();
    program.resume();
    await done;
    expect(activeCalls(node, lease)).toBe(0);
    node.clock.advance(60_000);
    expect(node.leases.size).toBe(0);
  });

  it('stops taking from a caller whose program does not read, and goes on when it does', async () => {
    const { talk, program, done } = await connected();
    const megabyte = 'x'.repeat(1_000_000);
    talk.send(...Array.from({ length: 20 }, () => data(megabyte)));
    await quiet(200);
    expect(program.readableLength).toBeLessThan(3_000_000);
    let read = 0;
    program.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
    await until(() => read === 20_000_000);
    talk.end();
    program.end();
    await done;
  });

  it.each<[string, (at: Connected, caller: AbortController) => void, string]>([
    ['its caller goes', (_, caller) => caller.abort(new Error('gone')), 'gone'],
    [
      'its lease is released',
      ({ node, lease }) => node.leases.release(lease),
      'the lease has ended',
    ],
    ['the connection breaks', ({ sides }) => void sides[0]?.destroy(new Error('x')), 'broke'],
  ])('is closed on both sides when %s', async (_, happens, reason) => {
    const caller = new AbortController();
    const at = await connected(caller.signal);
    const { times } = at.node.leases.use(at.lease);
    const { lease } = at.node.leases.begin(at.lease);
    happens(at, caller);
    await expect(at.done).rejects.toThrow(reason);
    expect(at.sides[0]?.destroyed).toBe(true);
    expect(times.activeCalls).toBe(1);
    expect(lease.times).toBe(times);
  });

  it('is refused where nobody listens, and for what is no port, token or awake sandbox', async () => {
    const node = createTestNode();
    const lease = await node.leases.lease(leaseRequest(), never);
    const refused = async (...messages: ConnectPortRequest[]) => {
      const talk = caller();
      talk.send(...messages);
      talk.end();
      return heard(connectPort(node, talk.requests, never)).done.then(
        () => 'accepted',
        (error: unknown) => error,
      );
    };
    expect(await refused(open(lease, 81))).toMatchObject({ code: 'unavailable' });
    for (const port of [0, -1, 65_536]) {
      expect(await refused(open(lease, port))).toMatchObject({ details: [{ field: 'port' }] });
    }
    expect(await refused(data('x'))).toMatchObject({ details: [{ field: 'open' }] });
    expect(await refused()).toMatchObject({ details: [{ field: 'open' }] });
    const stranger = { ...lease, token: 'x' };
    expect(await refused(open(stranger))).toMatchObject({ code: 'permission_denied' });
    await node.leases.pause(lease);
    expect(await refused(open(lease))).toMatchObject({ code: 'failed_precondition' });
  });
});
