import { describe, expect, it } from 'vitest';
import { type FollowEvents, follow, type SocketEvents } from './follow.ts';
import type { Frame } from './wire.ts';

/** A gateway that keeps what it is asked, and says what the test tells it to. */
function gateway({ failures = [] as Error[] } = {}) {
  const told: unknown[] = [];
  const opened: { from: number; on: SocketEvents; sent: unknown[] }[] = [];
  const waits: number[] = [];
  const tell =
    (name: string) =>
    (...values: unknown[]) => {
      if (name !== 'connected') told.push([name, ...values]);
    };
  const names = ['status', 'output', 'restarted', 'truncated', 'complete', 'failed', 'connected'];
  const following = follow({
    open(from, _ticket, on) {
      const sent: unknown[] = [];
      opened.push({ from, on, sent });
      return { send: (text) => sent.push(JSON.parse(text)), close() {} };
    },
    ticket: async () => {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return 'ticket';
    },
    wait: async (ms) => void waits.push(ms),
    isPassing: (error) => error instanceof TypeError,
    on: Object.fromEntries(names.map((name) => [name, tell(name)])) as unknown as FollowEvents,
  });
  const connection = async (index: number) => {
    for (let turn = 0; turn < 50 && opened[index] === undefined; turn += 1) await undefined;
    const found = opened[index];
    if (found === undefined) throw new Error(`There is no connection ${index}.`);
    return found;
  };
  const say = async (index: number, ...frames: readonly object[]) => {
    const { on } = await connection(index);
    for (const frame of frames) on.message(JSON.stringify(frame));
  };
  const cut = async (index: number, code = 1006) => (await connection(index)).on.close(code);
  return { told, opened, waits, following, say, cut, connection };
}

const output = (seq: number): Frame => ({
  ...{ type: 'output', seq, stream: 'stdout', stage: 'run', data: `${seq}` },
});
const seen = (told: readonly unknown[]) =>
  (told as [string, { seq?: number }][]).map(([name, value]) => value?.seq ?? name);

describe('following an execution', () => {
  it('goes on after a cut from the next output, and tells none twice', async () => {
    const { told, opened, say, cut } = gateway();
    await say(0, { type: 'status', status: 'running' }, output(1), output(2));
    await cut(0);
    await say(1, output(2), output(3), { type: 'complete', result: {} });
    expect(opened.map(({ from }) => from)).toEqual([1, 3]);
    expect(seen(told)).toEqual(['status', 1, 2, 3, 'complete']);
  });

  it('begins again when the program does', async () => {
    const { told, opened, say, cut } = gateway();
    await say(0, output(1), output(2), { type: 'restarted', attempt: 2 }, output(1));
    await cut(0);
    await say(1, output(2));
    expect(opened[1]?.from).toBe(2);
    expect(seen(told)).toEqual([1, 2, 'restarted', 1, 2]);
  });

  it('does not ask again for what was too much for it', async () => {
    const { opened, say, cut, connection } = gateway();
    await say(0, output(1), { type: 'truncated', from: 2, to: 9 });
    await cut(0);
    await connection(1);
    expect(opened[1]?.from).toBe(10);
  });

  it('waits longer after each failure, at most five seconds, and not after a success', async () => {
    const failures = Array.from({ length: 6 }, () => new TypeError('no network'));
    const { waits, say, cut, connection } = gateway({ failures });
    await say(0, output(1));
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 5_000]);
    await cut(0, 1013);
    await connection(1);
    expect(waits.at(-1)).toBe(200);
  });

  it.each([4001, 4004, 1008])('gives up after close code %d', async (code) => {
    const { told, opened, cut } = gateway();
    await cut(0, code);
    expect(told).toEqual([['failed', expect.any(String), code]]);
    expect(opened).toHaveLength(1);
  });

  it('gives up where no ticket can be had for good', async () => {
    const failed = Promise.withResolvers<string>();
    const ignore = () => {};
    follow({
      open: () => {
        throw new Error('not reached');
      },
      ticket: () => Promise.reject(new Error('This key is revoked.')),
      wait: async () => {},
      isPassing: () => false,
      on: {
        ...{ status: ignore, output: ignore, restarted: ignore, truncated: ignore },
        ...{ complete: ignore, connected: ignore, failed: failed.resolve },
      },
    });
    expect(await failed.promise).toBe('This key is revoked.');
  });

  it('is silent once it is stopped or over', async () => {
    const { told, opened, following, say, cut } = gateway();
    await say(0, output(1));
    following.stop();
    await say(0, output(2));
    await cut(0);
    expect(seen(told)).toEqual([1]);
    expect(opened).toHaveLength(1);
    expect(following.send({ type: 'stdin_close' })).toBe(false);
  });

  it('sends input on the connection that it has', async () => {
    const { opened, following, say, connection } = gateway();
    await connection(0);
    await say(0, output(1));
    expect(following.send({ type: 'stdin', data: 'x\n' })).toBe(true);
    expect(opened[0]?.sent).toEqual([{ type: 'stdin', data: 'x\n' }]);
  });
});
