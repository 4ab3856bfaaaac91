import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  type InMemoryPlatform,
  type ScriptedRun,
  startInMemoryPlatform,
} from '@pilotlight/client/testing';
import { CompileResult, OutputChunk } from '@pilotlight/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeEndpoints } from './platform/endpoints.ts';
import { endpointsAt } from './testing/endpoints-in-memory.ts';
import { runCommand, spawnCommand } from './testing/run-command.ts';
import { type TemporaryFolder, temporaryFolder } from './testing/temporary-folder.ts';

let folder: TemporaryFolder;
let platform: InMemoryPlatform;

beforeAll(async () => {
  folder = temporaryFolder();
  platform = await startInMemoryPlatform(({ code, stdin, args }) => {
    if (code.startsWith('compile')) return compiled(code);
    if (code === 'slow')
      return { result: { status: 'timeout', exitCode: -1, message: 'too slow' } };
    const data = Buffer.from(`${code}${stdin}${args.join('')}`);
    const stdout = { data, totalBytes: data.length, truncated: false };
    return { result: { status: 'completed', exitCode: code === 'fail' ? 7 : 0, stdout } };
  });
  writeEndpoints(folder.path, endpointsAt(platform.address));
});

/** `compile error` does not compile, anything else does. */
function compiled(code: string): ScriptedRun {
  const isGood = code !== 'compile error';
  const said = Buffer.from('main.cpp: said\n');
  const compile = CompileResult.create({
    ...{ status: 'completed', exitCode: isGood ? 0 : 1 },
    [isGood ? 'stdout' : 'stderr']: { data: said, totalBytes: said.length, truncated: false },
  });
  if (!isGood) {
    return {
      result: { status: 'compile_error', exitCode: -1, message: 'It exited with 1.', compile },
    };
  }
  const output = (sequence: number, stage: string, data: Buffer) => ({
    ...{ $case: 'output' as const },
    output: OutputChunk.create({ sequence, attempt: 1, stream: 'stdout', stage, data }),
  });
  return {
    events: [output(1, 'compile', said), output(2, 'run', Buffer.from('ran'))],
    result: { status: 'completed', exitCode: 0, compile },
  };
}

afterAll(async () => {
  await platform.close();
  folder[Symbol.dispose]();
});

const here = (...args: string[]) => runCommand(['--data-dir', folder.path, ...args]);

function file(name: string, content: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, content);
  return path;
}

describe('run --interactive', () => {
  it('passes standard input on as it comes, and its end', async () => {
    const child = spawnCommand(['--data-dir', folder.path, 'run', '-i', file('talk.py', '1')]);
    const replies = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]();
    for (const line of ['one\n', 'zwölf\n']) {
      child.stdin.write(line);
      expect(await replies.next()).toEqual({ done: false, value: line });
    }
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('interrupts the program at the first Ctrl-C', async () => {
    const child = spawnCommand(['--data-dir', folder.path, 'run', '-i', file('talk.py', '1')]);
    child.stdin.write('up');
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(said).toMatch(/Interrupted; once more to cancel it.*SIGINT/s);
    expect(code).toBe(130);
  });

  it.each([
    [['-'], /already/],
    [['talk.py', '--stdin', '-'], /--stdin/],
    [['talk.py', '--detach'], /--detach/],
  ])('does not take standard input twice: %s', async (args, said) => {
    const ran = await here('run', '-i', '-l', 'python', ...args);
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).toMatch(said);
  });
});

describe('run', () => {
  it('shows the output, takes the language from the name, passes arguments and input', async () => {
    const input = file('input', ' in');
    const args = ['--arg', ' a', '--arg', 'b', '--stdin', input, '--timeout', '5', '-p', 'high'];
    const { code, stdout } = await here('run', file('a.py', 'code'), ...args);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'code in ab' });
    expect(platform.submitted.at(-1)).toMatchObject({
      language: 'python',
      timeout: 5,
      priority: 'high',
    });
  });

  it("ends with the program's exit code, and prints one object with --json", async () => {
    const { code, stdout } = await here('run', file('a.js', 'fail'), '--json');
    expect(code).toBe(7);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'completed', exit_code: 7, stdout: 'fail' });
  });

  it('shows what the compiler says apart from the program', async () => {
    const limits = ['--compile-timeout', '30', '--compile-memory', '700'];
    const ran = await here('run', file('a.cpp', 'compile'), ...limits);
    expect(ran).toEqual({ code: 0, stdout: 'ran', stderr: 'main.cpp: said\n' });
    expect(platform.submitted.at(-1)).toMatchObject({
      ...{ language: 'cpp', compileTimeout: 30, compileMemoryLimit: 700 },
    });
  });

  it('says that a program does not compile', async () => {
    const ran = await here('run', file('a.rs', 'compile error'));
    expect(ran).toEqual({
      ...{ code: 65, stdout: '' },
      stderr: 'main.cpp: said\ncompile_error: It exited with 1.\n',
    });
    const { code, stdout } = await here('run', file('a.rs', 'compile error'), '--json');
    expect(code).toBe(65);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ status: 'compile_error', exit_code: -1, stdout: '' },
      compile: { status: 'completed', exit_code: 1, stderr: 'main.cpp: said\n' },
    });
  });

  it('takes several files, or a folder with an entry, and sends every byte', async () => {
    const main = file('main.py', 'import lib');
    const bytes = Buffer.from([0, 0xff, 0xe2]);
    mkdirSync(join(folder.path, 'lib'));
    writeFileSync(join(folder.path, 'lib', 'data'), bytes);
    expect((await here('run', main, join(folder.path, 'lib'))).code).toBe(0);
    const files = [
      { path: 'main.py', content: btoa('import lib'), encoding: 'base64' },
      { path: 'lib/data', content: bytes.toString('base64'), encoding: 'base64' },
    ];
    expect(platform.submitted.at(-1)).toMatchObject({ language: 'python', code: '', files });
    const entry = await here('run', join(folder.path, 'lib'), '--entry', './data', '-l', 'sh');
    expect(entry.code).toBe(0);
    expect(platform.submitted.at(-1)).toMatchObject({ language: 'sh', files: [{ path: 'data' }] });
    const unclear = await here('run', join(folder.path, 'lib'));
    expect(unclear.stderr).toMatch(/No file has a usual name.*--entry/);
    expect(unclear.code).toBe(64);
  });

  it('has an exit code of its own for a timeout and says what happened', async () => {
    const { code, stderr } = await here('run', file('a.py', 'slow'));
    expect({ code, stderr }).toEqual({ code: 124, stderr: 'timeout: too slow\n' });
  });

  it.each([
    ['a file that is not there', ['run', 'missing.py'], 66, /missing.py cannot be read/],
    ['a language that is not known', ['run', 'a.xyz'], 64, /Name it with --language/],
    ['a timeout out of range', ['run', 'a.py', '-t', '31'], 1, /from 1 to 30/],
    ['too long a compile', ['run', 'a.rs', '--compile-timeout', '61'], 1, /from 1 to 60/],
    ['a program twice', ['run', '-', 'a.py'], 64, /Standard input is one program/],
  ])('refuses %s', async (_, args, code, words) => {
    const ran = await here(...args);
    expect(ran.stderr).toMatch(words);
    expect(ran.code).toBe(code);
  });
});

describe('a sandbox', () => {
  it('is acquired, used and released by its id alone', async () => {
    const acquired = await here('acquire', 'python');
    const id = acquired.stdout.trim();
    expect(id).toMatch(/^sb_/);
    expect((await here('exec', id, '--', 'echo', '-n', 'x')).stdout).toBe('-n x\n');
    expect((await here('exec', id, '--', 'fail')).code).toBe(3);
    expect((await here('ps')).stdout).toContain(id);
    expect((await here('release', id)).stdout).toBe(`Released ${id}.\n`);
    const again = await here('exec', id, '--', 'echo');
    expect(again).toMatchObject({ code: 77 });
    expect(again.stderr).toContain('not valid');
  });

  it('passes standard input on where that is asked for', async () => {
    const id = (await here('acquire', 'python')).stdout.trim();
    const args = ['--data-dir', folder.path, 'exec', '-i', id, '--', 'cat'];
    expect((await runCommand(args, 'typed')).stdout).toBe('typed');
  });
});

describe('questions', () => {
  it('are answered for people and for programs', async () => {
    expect((await here('pools')).stdout).toMatch(/TEMPLATE +LANGUAGE +VERSION/);
    expect(JSON.parse((await here('pools', '--json')).stdout)[0]).toMatchObject({ target_size: 2 });
    const id = (await here('run', '--detach', file('b.py', 'out'))).stdout.trim();
    expect((await here('logs', id)).stdout).toBe('out');
    expect((await here('cancel', id)).stdout).toBe(`${id} is completed.\n`);
    expect((await here('cancel', 'nobody')).code).toBe(66);
  });

  it('say what to do where nothing runs', async () => {
    using empty = temporaryFolder();
    const { code, stderr } = await runCommand(['ps', '--data-dir', empty.path]);
    expect(stderr).toBe('No Pilotlight is running here. Start one with: npm start\n');
    expect(code).toBe(69);
  });

  it('have help with examples', async () => {
    const sessions = ['cp', 'files', 'cat', 'forward', 'install', 'pause', 'resume', 'hibernate'];
    const others = ['up', 'run', 'acquire', 'exec', 'release', 'ps', 'logs', 'functions'];
    const verbs = [...others, ...sessions];
    const helps = await Promise.all(verbs.map((verb) => runCommand([verb, '--help'])));
    for (const { stdout } of helps) expect(stdout).toMatch(/Examples?:\n/);
  });
});
