// The `pilotlight` command, as its users call it, against a running platform.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';

const command = join(import.meta.dirname, '../../packages/cli/bin/pilotlight.mjs');

async function start(args: readonly string[], stdin = '') {
  const child = spawn(process.execPath, [command, ...args], { stdio: 'pipe' });
  child.stdin.end(stdin);
  const ended = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  return { code, stdout, stderr };
}

describe('pilotlight', () => {
  const under = usePlatform({ driver: 'oci' });
  const folder = mkdtempSync(join(tmpdir(), 'pilotlight-cli-e2e-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const pilotlight = (...args: string[]) => start(['--data-dir', under.dataDir, ...args]);
  const fed = (stdin: string, ...args: string[]) =>
    start(['--data-dir', under.dataDir, ...args], stdin);
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  it.each([
    ['a.py', 'import sys; print("out"); print("err", file=sys.stderr); sys.exit(3)'],
    ['a.js', 'console.log("out"); console.error("err"); process.exit(3)'],
    ['a.sh', 'echo out; echo err >&2; exit 3'],
  ])("runs %s and ends with the program's code", async (name, code) => {
    const ran = await pilotlight('run', file(name, code));
    expect(ran).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
  });

  it('passes arguments and a file as input', async () => {
    const args = ['--arg', 'a b', '-a', '$c', '--stdin', file('input', 'typed')];
    const ran = await pilotlight('run', file('b.sh', 'echo "$1,$2"; cat'), ...args);
    expect(ran).toEqual({ code: 0, stdout: 'a b,$c\ntyped', stderr: '' });
  });

  it('runs code from its own input', async () => {
    const ran = await fed('print(6 * 7)', 'run', '-', '--language', 'python');
    expect(ran).toEqual({ code: 0, stdout: '42\n', stderr: '' });
  });

  it('prints one JSON object where that is asked for', async () => {
    const ran = await pilotlight('run', file('c.py', 'print("x"); exit(4)'), '--json');
    expect(ran.code).toBe(4);
    expect(JSON.parse(ran.stdout)).toMatchObject({
      ...{ status: 'completed', exit_code: 4, stdout: 'x\n', stderr: '', language: 'python' },
      phases: { total_ms: expect.any(Number) },
    });
  });

  it.each([
    ['a timeout', 'sleep 60', ['-t', '1'], 124, /wall time of 1 s/],
    ['a signal', 'kill -SEGV $$', [], 139, /SIGSEGV/],
    ['too many processes', 'b() { b | b & }; b; wait; sleep 9', [], 122, /processes/],
    ['too much output', 'yes > /dev/stderr', ['--json'], 121, /^$/],
  ])('has an exit code for %s', async (_, code, args, exitCode, words) => {
    const ran = await pilotlight('run', file('d.sh', code), ...args);
    expect(ran.code).toBe(exitCode);
    expect(ran.stderr).toMatch(words);
  });

  it('leases a sandbox, uses it and gives it back', async () => {
    const id = (await pilotlight('acquire', 'python', '--ttl', '60')).stdout.trim();
    expect(id).toMatch(/^sb_/);
    const exec = (...args: string[]) => pilotlight('exec', id, ...args);
    expect(await exec('--', 'python3', '-c', 'print(1); exit(5)')).toMatchObject({
      ...{ code: 5, stdout: '1\n' },
    });
    expect((await exec('-e', 'A=b', '-w', '/tmp', '--', 'sh', '-c', 'echo $A; pwd')).stdout).toBe(
      'b\n/tmp\n',
    );
    expect((await fed('typed', 'exec', '-i', id, '--', 'cat')).stdout).toBe('typed');
    expect((await exec('--timeout', '1', '--', 'sleep', '60')).code).toBe(124);
    const listed = JSON.parse((await pilotlight('ps', 'python', '--json')).stdout);
    expect(listed).toContainEqual(expect.objectContaining({ sandbox_id: id, state: 'leased' }));
    expect((await pilotlight('ps')).stdout).toContain(id);
    expect(await pilotlight('release', id)).toMatchObject({ code: 0, stdout: `Released ${id}.\n` });
    expect((await pilotlight('release', id)).code).toBe(0);
    expect((await exec('--', 'true')).code).toBe(77);
  });

  it('shows the pools', async () => {
    expect((await pilotlight('pools')).stdout).toMatch(/^TEMPLATE .*\n(?:.*\n)*python /);
    const pools = JSON.parse((await pilotlight('pools', '--json')).stdout);
    const names = pools.map(({ template }: { template: string }) => template);
    expect(names).toEqual(expect.arrayContaining(['javascript', 'python', 'shell']));
  });

  it('shows the output of a run that goes on without it, and cancels it', async () => {
    const code = 'echo first; sleep 60';
    const id = (await pilotlight('run', '-d', file('e.sh', code), '-t', '30')).stdout.trim();
    const logs = pilotlight('logs', id);
    for await (const { $case } of under.client.watchOutput(id)) if ($case === 'output') break;
    expect((await pilotlight('cancel', id)).stdout).toBe(`${id} is cancelled.\n`);
    expect(await logs).toMatchObject({ code: 0, stdout: 'first\n' });
    expect((await pilotlight('cancel', 'nobody')).code).toBe(66);
  });

  it.each([
    ['an unknown language', ['run', '-', '-l', 'cobol'], 64, /cobol.*known are/],
    ['an unknown template', ['acquire', 'cobol'], 64, /known are .*python/],
    ['an unknown word', ['fly'], 1, /unknown command 'fly'/],
  ])('says what is wrong with %s', async (_, args, code, words) => {
    const ran = await fed('x', ...args);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toMatch(words);
  });

  it('says what to do where nothing runs', async () => {
    const ran = await start(['pools', '--data-dir', folder]);
    expect(ran).toMatchObject({ code: 69, stderr: expect.stringContaining('npm start') });
  });

  it('has help', async () => {
    const { code, stdout } = await start(['--help']);
    expect(code).toBe(0);
    for (const verb of [
      'up',
      'run',
      'acquire',
      'exec',
      'release',
      'ps',
      'pools',
      'logs',
      'cancel',
    ]) {
      expect(stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
    }
  });
});
