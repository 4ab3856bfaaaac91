import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { useLease } from './testing/lease-in-memory.ts';

const under = useLease();

async function next(stream: Readable): Promise<string> {
  const [piece] = await once(stream, 'data');
  return String(piece);
}

describe('a running command', () => {
  it('is told signals and sizes of its terminal, and reads what is written', async () => {
    const command = under.sandbox.start(['listen'], { tty: { columns: 80, rows: 24 } });
    expect(await next(command.stdout)).toBe('terminal 80x24\n');
    command.resize({ columns: 132, rows: 50 });
    expect(await next(command.stdout)).toBe('resize 132x50\n');
    command.stdin.write('typed');
    expect(await next(command.stdout)).toBe('typed');
    command.signal('SIGINT');
    expect(await next(command.stdout)).toBe('signal SIGINT\n');
    command.stdin.end();
    command.signal('SIGTERM');
    expect(await text(command.stdout)).toBe('signal SIGTERM\n');
    expect(await command.exit).toEqual({ exitCode: -1, signal: 'SIGTERM', timedOut: false });
    expect(command.stdin.destroyed).toBe(true);
  });

  it('reads input in pieces of any size, to its end', async () => {
    const command = under.sandbox.start(['cat']);
    const sent = Buffer.alloc(1_500_000, 'é');
    command.stdin.write(Buffer.alloc(0));
    command.stdin.end(sent);
    command.stderr.resume();
    expect((await buffer(command.stdout)).equals(sent)).toBe(true);
    expect((await command.exit).exitCode).toBe(0);
  });

  it('waits for its reader, and goes on where the reader has left', async () => {
    const command = under.sandbox.start(['flood', '100']);
    await once(command.stdout, 'readable');
    command.stderr.resume();
    let bytes = 0;
    for await (const piece of command.stdout) {
      bytes += piece.length;
      if (bytes > 1_000_000) break;
    }
    expect(await command.exit).toMatchObject({ exitCode: 0 });
  });

  it('is killed by its signal, also while nobody reads', async () => {
    const kill = new AbortController();
    const command = under.sandbox.start(['flood', '4000'], { signal: kill.signal });
    await once(command.stdout, 'readable');
    kill.abort();
    await expect(command.exit).rejects.toMatchObject({ code: 'cancelled' });
    await expect(text(command.stdout)).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('tells of a refusal by its exit and its streams alone', async () => {
    const { id } = under.sandbox;
    const { connect } = await import('./connect.ts');
    await using client = await connect({ address: under.platform.address });
    const command = client.attach({ sandboxId: id, token: 'guessed' }).start(['echo']);
    await expect(command.exit).rejects.toMatchObject({ code: 'permission_denied' });
    command.signal('SIGINT');
    expect(command.stdout.errored).toMatchObject({ code: 'permission_denied' });
  });
});

describe('exec', () => {
  it('keeps the order of both outputs and all of their bytes', async () => {
    const order: string[] = [];
    const outcome = await under.sandbox.exec(['flood', '40'], {
      onStdout: () => void order.push('o'),
      onStderr: () => void order.push('e'),
    });
    expect([outcome.stdout.length, outcome.stderr.length]).toEqual([40 * 65_536, 40 * 65_536]);
    expect(order.join('')).toBe('oe'.repeat(40));
  });

  it('fails with what its input fails with', async () => {
    async function* broken() {
      yield Buffer.from('first');
      throw new Error('the disk is gone');
    }
    await expect(under.sandbox.exec(['cat'], { stdin: broken() })).rejects.toThrow(
      'the disk is gone',
    );
  });

  it('does not wait for input that a finished command never read', async () => {
    async function* endless() {
      for (;;) yield await new Promise<Buffer>((resolve) => setImmediate(resolve, Buffer.alloc(1)));
    }
    expect((await under.sandbox.exec(['fail'], { stdin: endless() })).exitCode).toBe(3);
  });
});
