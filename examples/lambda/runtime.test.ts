import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { type StartedFunction, startFunction } from './function-process.ts';
import { currentNode, nodeProgram } from './nodes.ts';

const oldest = await nodeProgram(18).catch((error: Error) => {
  console.log(`skipped on Node 18: npm cannot install it: ${error.message}`);
  return undefined;
});
const nodes = oldest === undefined ? [currentNode] : [oldest, currentNode];

describe.each(nodes)('a function on Node $major', (node) => {
  let started: StartedFunction | undefined;
  afterEach(() => started?.stop());

  async function start(handler: string): Promise<StartedFunction> {
    started = await startFunction({ handler: `testing/${handler}`, name: 'tried', node });
    return started;
  }

  it('knows its event, its context and its environment', async () => {
    const { status, payload } = await (await start('handlers.returns')).invoke({ a: 1 });
    expect({ status, payload: JSON.parse(payload) }).toEqual({
      status: 'ok',
      payload: {
        event: { a: 1 },
        name: 'tried',
        arn: 'arn:aws:lambda:us-east-1:000000000000:function:tried',
        hasTime: true,
        traced: true,
        runtime: `AWS_Lambda_nodejs${node.major}.x`,
      },
    });
  });

  it('answers by its callback', async () => {
    const answer = await (await start('handlers.callsBack')).invoke('late');
    expect(answer).toMatchObject({ status: 'ok', payload: '{"event":"late"}', streamed: false });
  });

  it('fails with its error', async () => {
    const { status, payload } = await (await start('handlers.fails')).invoke({});
    expect(status).toBe('error');
    expect(JSON.parse(payload)).toMatchObject({
      ...{ errorType: 'TypeError', errorMessage: 'not like this' },
    });
  });

  it('streams its answer, behind its status', async () => {
    const answer = await (await start('handlers.streams')).invoke(['one ', 'two']);
    expect(answer).toMatchObject({
      ...{ status: 'ok', payload: `{"statusCode":200}${'\0'.repeat(8)}one two`, streamed: true },
    });
  });

  it('tells that it broke off a stream', async () => {
    const answer = await (await start('handlers.breaksOff')).invoke({});
    expect(answer).toMatchObject({ status: 'error', payload: 'so far', streamed: true });
  });

  it.each([
    ['throws', 'broken.handler', 'cannot start'],
    ['is not there', 'absent.handler', "Cannot find module 'absent'"],
    ['has no such export', 'handlers.absent', 'testing/handlers.absent is not a function'],
  ])('whose file %s has an init that fails', async (_, handler, reason) => {
    const { initMs, invoke } = await start(handler);
    await expect(invoke({})).rejects.toThrow(reason);
    await expect(initMs).rejects.toThrow(reason);
  });

  it('is frozen between two calls and keeps its state', async () => {
    const { invoke, pid } = await start('handlers.counts');
    expect((await invoke({})).payload).toBe('1');
    await expect.poll(() => stateOf(pid)).toBe('T');
    expect((await invoke({})).payload).toBe('2');
  });

  it('is told to end, also when it is frozen', async () => {
    const { invoke, logs, stop, pid } = await start('handlers.hears');
    await invoke({});
    await expect.poll(() => stateOf(pid)).toBe('T');
    await stop();
    expect(logs()).toBe('told to end\n');
  });
});

/** One letter, as Linux has it: T is stopped. */
function stateOf(pid: number | undefined): string | undefined {
  return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}
