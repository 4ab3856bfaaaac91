import { CompileResult } from '@pilotlight/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect, type Pilotlight } from './index.ts';
import { type InMemoryPlatform, startInMemoryPlatform } from './testing/in-memory-platform.ts';
import { chunk } from './testing/messages.ts';

let platform: InMemoryPlatform;
let client: Pilotlight;

beforeEach(async () => {
  platform = await startInMemoryPlatform(({ code }) => {
    if (code === 'restart') {
      return {
        events: [
          { $case: 'status', status: 'running' },
          { $case: 'output', output: chunk({ attempt: 1, text: 'lost ' }) },
          { $case: 'restarted', restarted: 2 },
          { $case: 'output', output: chunk({ attempt: 2, text: 'whole' }) },
        ],
        result: { status: 'completed', attempt: 2 },
      };
    }
    if (code === 'compiled') {
      return {
        events: [
          { $case: 'output', output: chunk({ stage: 'compile', stream: 'stderr', text: 'warn' }) },
          { $case: 'output', output: chunk({ sequence: 2, stage: 'run', text: 'hello' }) },
        ],
        result: {
          status: 'completed',
          compile: CompileResult.create({
            ...{ status: 'completed', exitCode: 0 },
            stderr: { data: Buffer.from('warning'), totalBytes: 7, truncated: false },
          }),
        },
      };
    }
    if (code === 'smiles') {
      const smiles = Buffer.from('😀é😀');
      const pieces = [smiles.subarray(0, 3), smiles.subarray(3, 5), smiles.subarray(5)];
      return {
        events: pieces.map((data, index) => ({
          ...{ $case: 'output', output: { ...chunk({ sequence: index + 1, text: '' }), data } },
        })),
        result: { status: 'completed' },
      };
    }
    const stdout = { data: Buffer.from('in the result'), totalBytes: 13, truncated: false };
    return { result: { status: 'failed', exitCode: -1, signal: 'SIGSEGV', stdout } };
  });
  const { address } = platform;
  client = await connect({ address, poolAddress: address, statsAddress: address });
});

afterEach(async () => {
  await client.close();
  await platform.close();
});

describe('a leased sandbox', () => {
  it('is released at the end of its block', async () => {
    {
      await using sandbox = await client.acquire({ template: 'python', userId: 'ada' });
      expect([...platform.leased.keys()]).toEqual([sandbox.id]);
      expect(sandbox.lease.fromWarmPool).toBe(true);
    }
    expect(platform.leased.size).toBe(0);
  });

  it('runs commands with an environment and standard input', async () => {
    await using sandbox = await client.acquire({ template: 'python', userId: 'ada' });
    const pieces: Uint8Array[] = [];
    const onStdout = (piece: Uint8Array) => pieces.push(piece);
    const echoed = await sandbox.exec(['echo', 'a', 'b'], { onStdout });
    expect(echoed).toEqual({ exitCode: 0, timedOut: false, stdout: 'a b\n', stderr: '' });
    expect(Buffer.concat(pieces).toString()).toBe('a b\n');
    expect((await sandbox.exec(['env'], { env: { N: '1' } })).stdout).toBe('{"N":"1"}\n');
    expect((await sandbox.exec(['cat'], { stdin: 'text' })).stdout).toBe('text');
    expect((await sandbox.exec(['cat'], { stdin: Buffer.from('é') })).stdout).toBe('é');
    expect((await sandbox.exec(['fail'])).exitCode).toBe(3);
    expect((await sandbox.exec(['hang'])).timedOut).toBe(true);
  });

  it('has packages installed that it did not have', async () => {
    await using sandbox = await client.acquire({ template: 'python', userId: 'ada' });
    expect(await sandbox.installPackages(['there', 'new'])).toEqual(['new']);
  });

  it('can be paused, resumed, kept and found again by its id and token', async () => {
    const { lease } = await client.acquire({ template: 'python', userId: 'ada' });
    const again = client.attach(lease);
    expect((await again.pause()).state).toBe('paused');
    expect((await again.resume()).state).toBe('leased');
    expect((await again.keepAlive()).sandboxId).toBe(lease.sandboxId);
    expect((await client.listSandboxes()).map(({ sandboxId }) => sandboxId)).toEqual([again.id]);
    await again.release();
    await again.release();
  });

  it('is asked for with an environment, files, a network and a version', async () => {
    await client.acquire({
      ...{ template: 'python', userId: 'ada', version: '>=3.10', network: 'egress' },
      ...{ env: { A: '1' }, files: [{ path: 'a', content: 'é' }] },
    });
    expect(platform.acquired.at(-1)).toMatchObject({
      ...{ version: '>=3.10', network: 'egress', env: { A: '1' } },
      files: [{ path: 'a', content: Buffer.from('é') }],
    });
  });

  it('says why it cannot hibernate', async () => {
    const sandbox = await client.acquire({ template: 'python', userId: 'ada' });
    await expect(sandbox.hibernate()).rejects.toMatchObject({ code: 'unimplemented' });
    expect(await sandbox.installPackages(['there', 'more'])).toEqual(['more']);
  });

  it('refuses a wrong token with a typed error', async () => {
    const { id } = await client.acquire({ template: 'python', userId: 'ada' });
    const stranger = client.attach({ sandboxId: id, token: 'guessed' });
    await expect(stranger.exec(['echo'])).rejects.toMatchObject({ code: 'permission_denied' });
  });
});

describe('a run', () => {
  it('forgets the output of an attempt that was lost', async () => {
    const seen: string[] = [];
    const outcome = await client.run(
      { language: 'python', code: 'restart', userId: 'ada' },
      {
        onStatus: (status) => seen.push(status),
        onStdout: (piece) => seen.push(Buffer.from(piece).toString()),
        onRestart: (attempt) => seen.push(`attempt ${attempt}`),
      },
    );
    expect(outcome).toMatchObject({ status: 'completed', stdout: 'whole' });
    expect(seen).toEqual(['running', 'lost ', 'attempt 2', 'whole']);
  });

  it('takes output from the result where none was streamed', async () => {
    const outcome = await client.run({ language: 'python', code: 'crash', userId: 'ada' });
    expect(outcome).toMatchObject({ status: 'failed', stdout: 'in the result' });
    expect(outcome.result.signal).toBe('SIGSEGV');
  });

  it('tells the compiler’s output from the program’s', async () => {
    const seen: string[] = [];
    const outcome = await client.run(
      { language: 'cpp', code: 'compiled', userId: 'ada' },
      {
        onCompileOutput: (piece, stream) => seen.push(`compile ${stream} ${Buffer.from(piece)}`),
        onStdout: (piece) => seen.push(`run ${Buffer.from(piece)}`),
      },
    );
    expect(outcome).toMatchObject({
      ...{ stdout: 'hello', stderr: '' },
      compile: { status: 'completed', exitCode: 0, stdout: '', stderr: 'warning' },
    });
    expect(seen).toEqual(['compile stderr warn', 'run hello', 'compile stderr ing']);
  });

  it('has no compile stage where the result has none', async () => {
    const outcome = await client.run({ language: 'python', code: 'crash', userId: 'ada' });
    expect(outcome.compile).toBeUndefined();
  });

  it('is whole where a chunk ends inside a character', async () => {
    const outcome = await client.run({ language: 'python', code: 'smiles', userId: 'ada' });
    expect(outcome.stdout).toBe('😀é😀');
  });

  it('asks for limits of the compile stage', async () => {
    const limits = { compileTimeoutSeconds: 30, compileMemoryMb: 700 };
    await client.submit({ language: 'cpp', code: '1', userId: 'ada', ...limits });
    expect(platform.submitted.at(-1)).toMatchObject({
      compileTimeout: 30,
      compileMemoryLimit: 700,
    });
  });

  it('is submitted, looked up, cancelled and watched by its id', async () => {
    const request = { language: 'js', code: 'restart', userId: 'ada', id: 'mine' };
    expect(await client.submit(request)).toMatchObject({ executionId: 'mine', status: 'queued' });
    expect((await client.get('mine')).status).toBe('completed');
    expect((await client.cancel('mine')).status).toBe('completed');
    const kinds: string[] = [];
    for await (const event of client.watchOutput('mine')) kinds.push(event.$case);
    expect(kinds).toEqual(['status', 'output', 'restarted', 'output', 'result']);
  });

  it('is talked to while it runs, where it is interactive', async () => {
    const said: string[] = [];
    const request = { language: 'python', code: '1', userId: 'ada', interactive: true };
    const outcome = await client.run(
      { ...request, id: 'talk', stdin: 'first ' },
      {
        onStatus: async () => {
          await client.sendInput('talk', { data: 'é ' });
          await client.sendInput('talk', { data: Buffer.from('bytes') });
          await client.sendInput('talk', { signal: 'SIGINT' });
        },
        onStdout: (piece) => said.push(Buffer.from(piece).toString()),
      },
    );
    expect(said).toEqual(['first ', 'é ', 'bytes']);
    expect(outcome.result).toMatchObject({ status: 'failed', signal: 'SIGINT' });
    const late = client.sendInput('talk', { closed: true });
    await expect(late).rejects.toMatchObject({ code: 'failed_precondition' });
  });

  it('sends bytes as base64 and text as it is', async () => {
    const userId = 'ada';
    await client.submit({ language: 'js', code: 'text', userId });
    await client.submit({ language: 'js', code: 'text', stdin: Buffer.from([0xff]), userId });
    expect(platform.submitted.map(({ code, stdin, encoding }) => [code, stdin, encoding])).toEqual([
      ['text', '', 'utf8'],
      ['dGV4dA==', '/w==', 'base64'],
    ]);
  });
});

describe('pools', () => {
  it('are listed and forecast', async () => {
    expect((await client.pools()).map(({ template }) => template)).toEqual(['python']);
    expect((await client.predictDemand('python')).predictedDemand).toBe(12);
  });

  it('hear of what a user does', async () => {
    const did = { action: 'project_open', userId: 'ann', template: 'python' } as const;
    expect(await client.onAction(did)).toMatchObject([
      { resource: 'project_open', outcome: 'ordered' },
    ]);
  });

  it('need the address of a pool-manager', async () => {
    await using other = await connect({ address: platform.address });
    await expect(other.pools()).rejects.toMatchObject({ code: 'failed_precondition' });
    expect(() => other.nats).toThrow(/needs `nats`/);
  });
});

describe('statistics', () => {
  it('are asked for over a time, of a template, and are of all by default', async () => {
    const start = new Date('2026-01-01T00:00:00Z');
    expect(await client.stats({ start, template: 'go' })).toMatchObject({
      ...{ range: { start, end: undefined }, total: { requests: 0 }, byTemplate: [] },
    });
    expect((await client.stats()).byTemplate[0]?.summary?.startup?.p90).toBe(50);
    expect(await client.activity({ failedOnly: true })).toMatchObject([{ detail: 'no image' }]);
    expect(await client.activity()).toHaveLength(2);
  });

  it('lead to a change of policy, which is noted', async () => {
    const [suggestion] = (await client.analyze()).templates[0]?.suggestions ?? [];
    if (suggestion === undefined) throw new Error('no suggestion');
    const changed = await client.setPolicy('python', { minSize: suggestion.policy?.to ?? 0 });
    expect(changed.policy).toMatchObject({ minSize: 3, maxSize: 8 });
    expect(await client.recordChange(suggestion, 'ada')).toMatchObject({ suggestion });
    expect((await client.analyze({ template: 'python' })).changes).toMatchObject([{ suggestion }]);
  });

  it('need to know where the stats-recorder is', async () => {
    const other = await connect({ address: platform.address });
    await expect(other.stats()).rejects.toMatchObject({ code: 'failed_precondition' });
    await other.close();
  });
});
