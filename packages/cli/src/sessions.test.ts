import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type InMemoryPlatform, startInMemoryPlatform } from '@pilotlight/client/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeEndpoints } from './platform/endpoints.ts';
import { endpointsAt } from './testing/endpoints-in-memory.ts';
import { runCommand, spawnCommand } from './testing/run-command.ts';
import { type TemporaryFolder, temporaryFolder } from './testing/temporary-folder.ts';

// Each command is a process, and some of these tests run half a dozen.
vi.setConfig({ testTimeout: 30_000 });

let folder: TemporaryFolder;
let platform: InMemoryPlatform;
let shared: string;

beforeAll(async () => {
  folder = temporaryFolder();
  platform = await startInMemoryPlatform();
  writeEndpoints(folder.path, endpointsAt(platform.address));
  shared = await leased();
});

afterAll(async () => {
  await platform.close();
  folder[Symbol.dispose]();
});

const here = (...args: string[]) => runCommand(['--data-dir', folder.path, ...args]);

async function leased(...args: string[]): Promise<string> {
  return (await here('acquire', 'python', ...args)).stdout.trim();
}

const filesOf = (id: string) => platform.leased.get(id)?.files ?? new Map();

function file(name: string, content: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, content);
  return path;
}

describe('a session', () => {
  it('begins with an environment, files and a network', async () => {
    const data = file('data.csv', '1,2');
    const options = ['--env', 'A=b=c', '-e', 'D=', '--file', data, '--file', `${data}:in/`];
    const id = await leased(...options, '--network', 'egress', '--memory', '1024');
    expect(platform.acquired.at(-1)).toMatchObject({
      ...{ env: { A: 'b=c', D: '' }, network: 'egress', limits: { memoryMb: 1024 } },
    });
    expect([...filesOf(id).keys()]).toEqual(['data.csv', 'in/data.csv']);
  });

  it('copies in, lists, shows and copies out', async () => {
    const id = await leased();
    const source = join(folder.path, 'project');
    mkdirSync(join(source, 'sub'), { recursive: true });
    writeFileSync(join(source, 'sub', 'odd \n name'), 'odd');
    writeFileSync(join(source, 'run.sh'), 'true', { mode: 0o755 });
    symlinkSync('/etc', join(source, 'etc'));
    const copied = await here('cp', source, `${id}:`);
    expect(copied).toMatchObject({ code: 0, stdout: '' });
    expect(copied.stderr).toBe(`Left out, neither file nor folder: ${join(source, 'etc')}\n`);
    expect([...filesOf(id).keys()]).toEqual(['project/run.sh', 'project/sub/odd \n name']);
    const listed = await here('files', id, 'project', '-r');
    expect(listed.stdout.split('\n').slice(1, -1)).toEqual([
      'file       0755   4 B  -         run.sh',
      'directory  0755     -  -         sub',
      'file       0644   3 B  -         sub/odd \\x0a name',
    ]);
    expect(JSON.parse((await here('files', id, '--json')).stdout)).toMatchObject({
      entries: [{ path: 'project', kind: 'directory' }],
    });
    expect((await here('cat', id, 'project/sub/odd \n name')).stdout).toBe('odd');
    const target = join(folder.path, 'copy');
    const back = await here('cp', `${id}:project`, target, '--json');
    expect(JSON.parse(back.stdout)).toEqual({ files: 2, bytes: 7, skipped: [] });
    expect(readFileSync(join(target, 'sub', 'odd \n name'), 'utf8')).toBe('odd');
    expect((await here('cp', `${id}:project`, target)).code).toBe(0);
    expect(readdirSync(target)).toEqual(['project', 'run.sh', 'sub']);
  });

  it('copies one file under the name that is given', async () => {
    const id = await leased();
    const one = file('one', '1');
    const seen = async (to: string) => {
      expect(await here('cp', one, `${id}:${to}`)).toMatchObject({ code: 0, stderr: '' });
      return [...filesOf(id).keys()].at(-1);
    };
    expect(await seen('')).toBe('one');
    expect(await seen('two')).toBe('two');
    expect(await seen('in/')).toBe('in/one');
    expect(await seen('/workspace/in')).toBe('in/one');
    expect(await seen('new/three')).toBe('new/three');
  });

  it('pauses, resumes, is kept alive and installs', async () => {
    const id = shared;
    expect((await here('pause', id)).stdout).toBe(`${id} is paused.\n`);
    expect(JSON.parse((await here('resume', id, '--json')).stdout)).toMatchObject({
      ...{ sandbox_id: id, state: 'leased' },
    });
    expect((await here('keepalive', id)).stdout).toContain(`${id} lives until`);
    const hibernated = await here('hibernate', id);
    expect(hibernated).toMatchObject({ code: 69, stderr: 'There is no swap here.\n' });
    expect((await here('install', id, 'there', 'more')).stdout).toBe('Installed more.\n');
  });

  it('sends Ctrl-C to the command, and kills it at the second', async () => {
    const id = shared;
    const started = spawnCommand(['--data-dir', folder.path, 'exec', id, '--', 'listen']);
    const lines = createInterface(started.stdout)[Symbol.asyncIterator]();
    const next = async () => (await lines.next()).value;
    expect(await next()).toBe('no terminal');
    started.kill('SIGINT');
    expect(await next()).toBe('signal SIGINT');
    const ended = once(started, 'exit');
    started.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
  });

  it('forwards a port until it is told to stop', async () => {
    const server = createServer((request, response) => response.end(`asked for ${request.url}`));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const id = shared;
    const args = ['--data-dir', folder.path, 'forward', id, String(port)];
    const started = spawnCommand([...args, '--json']);
    const [line] = await once(createInterface(started.stdout), 'line');
    const { url } = JSON.parse(line);
    expect(await (await fetch(`${url}/path`)).text()).toBe('asked for /path');
    const taken = await runCommand([...args, '--local', String(new URL(url).port)]);
    expect(taken).toMatchObject({ code: 69, stderr: expect.stringContaining('Give another') });
    await new Promise((resolve) => server.close(resolve).closeAllConnections());
    await expect(fetch(url)).rejects.toThrow();
    const ended = once(started, 'exit');
    started.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  });

  it.each([
    ['a copy between two places here', ['cp', 'a', 'b'], 64, /as ID:PATH/],
    ['a copy between sandboxes', ['cp', 'ID:a', 'ID:b'], 64, /to this machine first/],
    ['a copy to outside of the workspace', ['cp', 'FILE', 'ID:/etc/x'], 64, /only \/workspace/],
    ['a copy of nothing', ['cp', 'ID:nothing', '.'], 66, /no such file/],
    ['a copy into no folder', ['cp', 'ID:a', 'FILE/no/where'], 66, /Make it first/],
    ['a copy of a local nothing', ['cp', 'missing', 'ID:'], 66, /missing cannot be read/],
    ['a file that is not there', ['cat', 'ID', 'nothing'], 66, /does not exist/],
    ['a terminal where there is none', ['exec', '-t', 'ID', '--', 'listen'], 64, /no terminal/],
    ['a variable without a name', ['exec', '-e', '=x', 'ID', '--', 'env'], 1, /NAME=value/],
    ['a port that is none', ['forward', 'ID', '0'], 1, /from 1 to 65535/],
    ['another network', ['acquire', '--network', 'all'], 1, /none, egress/],
    ['a folder as a file', ['acquire', '--file', 'FOLDER'], 66, /pilotlight cp/],
    ['an unknown sandbox', ['pause', 'sb_a_b_1'], 77, /--token/],
  ])('refuses %s', async (_, args, code, words) => {
    const placeholders = { ID: shared, FILE: file('plain', ''), FOLDER: folder.path };
    const given = args.map((arg) =>
      Object.entries(placeholders).reduce((text, [name, value]) => text.replace(name, value), arg),
    );
    const ran = await here(...given);
    expect(ran.stderr).toMatch(words);
    expect(ran.code).toBe(code);
  });
});
