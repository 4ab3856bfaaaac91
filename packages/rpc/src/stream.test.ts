import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  type ExecRequest,
  ExecResponse,
  PlatformError,
  Sandbox,
  type WriteFilesRequest,
} from '@pilotlight/contracts';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { describe, expect, it } from 'vitest';
import type { CallContext } from './call.ts';
import { connectRpc } from './client.ts';
import { EchoDefinition, endOf, failureOf, readAll, serveEcho } from './testing/echo.ts';

const stdin = (text: string): ExecRequest => ({
  message: { $case: 'stdin', stdin: Buffer.from(text) },
});

async function* echoStdin(requests: AsyncIterable<ExecRequest>) {
  for await (const { message } of requests) {
    const stdout = message?.$case === 'stdin' ? message.stdin : new Uint8Array();
    yield ExecResponse.create({ message: { $case: 'stdout', stdout } });
  }
}

const textOf = ({ message }: ExecResponse) =>
  message?.$case === 'stdout' ? Buffer.from(message.stdout).toString() : '';

describe('a client stream', () => {
  const piece = (size: number): WriteFilesRequest => ({
    message: { $case: 'archive', archive: Buffer.alloc(size) },
  });

  it('is read to its end, no faster than the handler takes it, and answered once', async () => {
    let read = 0;
    let sent = 0;
    const taken = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    await using stack = await serveEcho({
      async writeFiles(requests) {
        for await (const { message } of requests) {
          read += message?.$case === 'archive' ? message.archive.length : 0;
          taken.resolve();
          await goOn.promise;
        }
        return { files: 1, bytes: read };
      },
    });
    async function* pieces() {
      for (; sent < 64; sent += 1) yield piece(1 << 20);
    }
    const answer = stack.client.writeFiles(pieces());
    await taken.promise;
    for (let before = -1; before !== sent; ) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(sent).toBeLessThan(48);
    goOn.resolve();
    expect(await answer).toEqual({ files: 1, bytes: 64 << 20 });
  });

  it('may be refused before its end; then its source is closed', async () => {
    const closed = Promise.withResolvers<void>();
    await using stack = await serveEcho({
      async writeFiles(requests) {
        for await (const _ of requests) throw new PlatformError('invalid_argument', 'No more.');
        return { files: 0, bytes: 0 };
      },
    });
    async function* endless() {
      try {
        for (;;) yield piece(1_000);
      } finally {
        closed.resolve();
      }
    }
    const failure = await failureOf(stack.client.writeFiles(endless()));
    expect(failure).toMatchObject({ code: 'invalid_argument', message: 'No more.' });
    await closed.promise;
  });

  it('fails with the failure of its source, and the handler hears of it', async () => {
    const begun = Promise.withResolvers<void>();
    const heard = Promise.withResolvers<unknown>();
    await using stack = await serveEcho({
      async writeFiles(requests, context) {
        void endOf(context).then(heard.resolve);
        for await (const _ of requests) begun.resolve();
        // What looks like the end may be a caller that broke off.
        await heard.promise;
        return { files: 1, bytes: 0 };
      },
    });
    const source = new PlatformError('not_found', 'The file is gone.');
    async function* broken() {
      yield piece(1);
      await begun.promise;
      throw source;
    }
    expect(await failureOf(stack.client.writeFiles(broken()))).toBe(source);
    expect(await heard.promise).toMatchObject({ code: 'cancelled' });
  });

  it('is cancelled by its signal', async () => {
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<unknown>();
    await using stack = await serveEcho({
      async writeFiles(_, context) {
        begun.resolve();
        ended.resolve(await endOf(context));
        return { files: 0, bytes: 0 };
      },
    });
    const giveUp = new AbortController();
    async function* stalled() {
      yield piece(1);
      await endedBy(giveUp.signal);
    }
    const call = stack.client.writeFiles(stalled(), { signal: giveUp.signal });
    await begun.promise;
    giveUp.abort();
    expect(await failureOf(call)).toMatchObject({ code: 'cancelled' });
    expect(await ended.promise).toMatchObject({ code: 'cancelled' });
  });
});

function endedBy(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
}

describe('a server stream', () => {
  it('delivers everything in order, also to a reader slower than the sender', async () => {
    await using stack = await serveEcho({
      async *watchSandboxes() {
        for (let i = 0; i < 2_000; i++) yield Sandbox.create({ sandboxId: `sb_${i}` });
      },
    });
    const ids: string[] = [];
    for await (const { sandboxId } of stack.client.watchSandboxes({})) {
      if (ids.length % 500 === 0) await new Promise(setImmediate);
      ids.push(sandboxId);
    }
    expect(ids).toEqual(Array.from({ length: 2_000 }, (_, i) => `sb_${i}`));
  });

  it('delivers what came before a failure, then the failure', async () => {
    await using stack = await serveEcho({
      async *watchSandboxes() {
        yield Sandbox.create({ sandboxId: 'a' });
        throw new PlatformError('failed_precondition', 'It is paused.');
      },
    });
    const ids: string[] = [];
    const read = async () => {
      for await (const { sandboxId } of stack.client.watchSandboxes({})) ids.push(sandboxId);
    };
    expect(await failureOf(read())).toMatchObject({
      code: 'failed_precondition',
      message: 'It is paused.',
    });
    expect(ids).toEqual(['a']);
  });

  it('fails where the handler throws before the first message', async () => {
    await using stack = await serveEcho({
      watchSandboxes() {
        throw new PlatformError('not_found', 'Nothing to watch.');
      },
    });
    const failure = await failureOf(readAll(stack.client.watchSandboxes({})));
    expect(failure).toMatchObject({ code: 'not_found' });
  });

  it('is cancelled by leaving the loop, which ends the handler', async () => {
    const seen = Promise.withResolvers<CallContext>();
    const ended = Promise.withResolvers<void>();
    await using stack = await serveEcho({
      async *watchSandboxes(_, context) {
        seen.resolve(context);
        try {
          for (;;) yield Sandbox.create({ sandboxId: 'x' });
        } finally {
          ended.resolve();
        }
      },
    });
    for await (const _ of stack.client.watchSandboxes({})) break;
    const { signal } = await seen.promise;
    await ended.promise;
    expect(signal.reason).toMatchObject({ code: 'cancelled' });
  });

  it('ends with the signal of its reader, for the reason of that signal', async () => {
    await using stack = await serveEcho({
      async *watchSandboxes(_, context) {
        yield Sandbox.create();
        throw await endOf(context);
      },
    });
    const cancel = new AbortController();
    const stream = stack.client.watchSandboxes({}, { signal: cancel.signal });
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    cancel.abort(new PlatformError('unavailable', 'The service is stopping.'));
    expect(await failureOf(reader.next())).toMatchObject({ code: 'unavailable' });
  });

  it('holds its deadline', async () => {
    await using stack = await serveEcho({
      async *watchSandboxes(_, context) {
        yield Sandbox.create();
        throw await endOf(context);
      },
    });
    const failure = failureOf(readAll(stack.client.watchSandboxes({}, { timeoutMs: 100 })));
    expect(await failure).toMatchObject({ code: 'deadline_exceeded' });
  });

  it('hands a context on as the options of another call', async () => {
    const inner: CallContext[] = [];
    await using far = await serveEcho({
      async keepAlive(_, context) {
        inner.push(context);
        return Sandbox.create();
      },
    });
    await using near = await serveEcho({
      async *watchSandboxes(_, context) {
        yield far.client.keepAlive({}, context);
      },
    });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await readAll(near.client.watchSandboxes({}, { traceparent, timeoutMs: 60_000 }));
    expect(inner[0]?.traceparent).toBe(traceparent);
    expect(inner[0]?.deadline).toBeInstanceOf(Date);
  });

  it('breaks within about 5 s when its server is stopped', { timeout: 20_000 }, async () => {
    const script = join(import.meta.dirname, 'testing/stoppable-server.ts');
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [address] = await once(child.stdout, 'data');
    const { client, close } = connectRpc(EchoDefinition, { address: String(address) });
    try {
      const reader = client.watchSandboxes({})[Symbol.asyncIterator]();
      expect((await reader.next()).value?.sandboxId).toBe('first');
      child.kill('SIGSTOP');
      const stoppedAt = performance.now();
      expect(await failureOf(reader.next())).toMatchObject({ code: 'unavailable' });
      expect(performance.now() - stoppedAt).toBeLessThan(5_000 + 1_500 * slowness());
    } finally {
      close();
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
});

describe('a bidirectional stream', () => {
  it('sends both ways at once', async () => {
    await using stack = await serveEcho({ exec: echoStdin });
    const answered: (() => void)[] = [];
    const requests = async function* () {
      for (const text of ['a', 'b', 'c']) {
        const answer = new Promise<void>((resolve) => answered.push(resolve));
        yield stdin(text);
        await answer;
      }
    };
    const texts: string[] = [];
    for await (const response of stack.client.exec(requests())) {
      texts.push(textOf(response));
      answered.shift()?.();
    }
    expect(texts).toEqual(['a', 'b', 'c']);
  });

  it('goes on answering after the last request', async () => {
    await using stack = await serveEcho({
      async *exec(requests) {
        const all = await readAll(requests);
        yield* echoStdin(
          (async function* () {
            yield* all;
          })(),
        );
      },
    });
    const requests = (async function* () {
      yield stdin('a');
      yield stdin('b');
    })();
    expect((await readAll(stack.client.exec(requests))).map(textOf)).toEqual(['a', 'b']);
  });

  it('ends when the handler does, and closes the requests', async () => {
    await using stack = await serveEcho({
      async *exec() {
        yield ExecResponse.create();
      },
    });
    const closed = Promise.withResolvers<void>();
    const requests: AsyncIterable<ExecRequest> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        async return() {
          closed.resolve();
          return { done: true, value: undefined };
        },
      }),
    };
    expect(await readAll(stack.client.exec(requests))).toHaveLength(1);
    await closed.promise;
  });

  it('fails with what its requests failed with, and the handler is told', async () => {
    const entered = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<unknown>();
    await using stack = await serveEcho({
      async *exec(_, context) {
        entered.resolve();
        ended.resolve(await endOf(context));
        yield ExecResponse.create();
      },
    });
    const broken = new Error('stdin is broken');
    const requests = async function* () {
      yield stdin('a');
      await entered.promise;
      throw broken;
    };
    expect(await failureOf(readAll(stack.client.exec(requests())))).toBe(broken);
    expect(await ended.promise).toMatchObject({ code: 'cancelled' });
  });
});
