// Sessions as the command line holds them: files in and out, a terminal, a port, sleep.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { usePlatform } from './fixture.ts';

const command = join(import.meta.dirname, '../../packages/cli/bin/pilotlight.mjs');
const oddNames = [
  'ñ 😀',
  ' spaces ',
  '-rf',
  'new\nline',
  'back\\nslash',
  '"quoted" $HOME *',
  '.hidden',
];

describe('a session on the command line', () => {
  const under = usePlatform({ driver: 'oci', templates: ['javascript', 'shell'] });
  const folder = mkdtempSync(join(tmpdir(), 'pilotlight-sessions-'));
  const here = (...names: string[]) => join(folder, ...names);
  const started = new Set<ChildProcess>();
  afterEach(() => {
    for (const child of started) child.kill('SIGKILL');
    started.clear();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const start = (args: readonly string[]) => {
    const all = [command, '--data-dir', under.dataDir, ...args];
    const child = spawn(process.execPath, all, { stdio: 'pipe' });
    started.add(child);
    return child;
  };
  const pilotlight = async (...args: string[]) => {
    const child = start(args);
    child.stdin.end();
    const ended = once(child, 'exit');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = await ended;
    return { code, stdout, stderr };
  };
  const acquired = async (...args: string[]) => {
    const { code, stdout, stderr } = await pilotlight('acquire', ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout.trim();
  };

  it('copies a tree in and out again, byte for byte, whatever its names are', async () => {
    const id = await acquired('shell');
    mkdirSync(here('tree/sub/empty'), { recursive: true });
    const content = new Map(oddNames.map((name, index) => [name, `${index} of ${name}`]));
    for (const [name, data] of content) writeFileSync(here('tree/sub', name), data);
    const large = Buffer.from(Array.from({ length: 3_000_001 }, (_, index) => index % 251));
    writeFileSync(here('tree/large'), large);
    writeFileSync(here('tree', 'x'.repeat(200)), 'long');
    writeFileSync(here('tree/run'), '#!/bin/sh\necho ran', { mode: 0o755 });
    symlinkSync('/etc/passwd', here('tree/link'));

    const into = await pilotlight('cp', here('tree'), `${id}:`);
    expect(into).toMatchObject({ code: 0, stderr: expect.stringContaining('tree/link') });
    expect((await pilotlight('exec', id, '--', './tree/run')).stdout).toBe('ran\n');
    const inside = await pilotlight('exec', id, '--', 'sh', '-c', 'ln -s /etc/passwd tree/mine');
    expect(inside.code).toBe(0);

    const out = await pilotlight('cp', `${id}:tree`, here('back'));
    expect(out).toMatchObject({ code: 0, stderr: expect.stringContaining('tree/mine') });
    expect(readdirSync(here('back')).toSorted()).toEqual(
      ['large', 'run', 'sub', 'x'.repeat(200)].toSorted(),
    );
    for (const [name, data] of content) {
      expect(readFileSync(here('back/sub', name), 'utf8')).toBe(data);
    }
    expect(readdirSync(here('back/sub/empty'))).toEqual([]);
    expect(readFileSync(here('back/large')).equals(large)).toBe(true);
    expect(statSync(here('back/run')).mode & 0o111).not.toBe(0);

    for (const name of oddNames) {
      expect((await pilotlight('cat', id, `tree/sub/${name}`)).stdout).toBe(content.get(name));
    }
    const listed = await pilotlight('files', id, 'tree', '--recursive', '--json');
    const { entries } = JSON.parse(listed.stdout);
    const kinds = new Map(
      entries.map(({ path, kind }: { path: string; kind: string }) => [path, kind]),
    );
    expect(kinds.get('mine')).toBe('link');
    for (const name of oddNames) expect(kinds.get(`sub/${name}`)).toBe('file');
    const shown = (await pilotlight('files', id, 'tree/sub')).stdout;
    expect(shown).toContain('new\\x0aline');
    expect((await pilotlight('cp', `${id}:tree/mine`, here('mine'))).stderr).toContain('Left out');
    expect((await pilotlight('cat', id, 'tree/mine')).code).toBe(69);
    expect((await pilotlight('cp', `${id}:nothing`, here('nothing'))).code).toBe(66);
    await pilotlight('release', id);
  });

  it('refuses what a sandbox sends with a tar of its own', async () => {
    const id = await acquired('shell', '--env', 'PATH=/workspace/bin:/usr/bin:/bin');
    mkdirSync(here('bin'));
    // What a program inside may put in the place of tar: it leads out by its first name.
    writeFileSync(
      here('bin/tar'),
      '#!/bin/sh\nexec /bin/tar -cPf - --transform "s,^,../," -C /etc passwd',
    );
    chmodSync(here('bin/tar'), 0o755);
    expect((await pilotlight('cp', here('bin'), `${id}:`)).code).toBe(0);
    const out = await pilotlight('cp', `${id}:bin`, here('hostile'));
    expect(out).toMatchObject({ code: 69, stderr: expect.stringContaining('leads out') });
    expect(readdirSync(folder)).not.toContain('passwd');
    await pilotlight('release', id);
  });

  it('begins with an environment and files', async () => {
    writeFileSync(here('data.csv'), '1,2');
    const options = ['--env', 'STAGE=test', '--file', `${here('data.csv')}:in/data.csv`];
    const id = await acquired('shell', ...options);
    const ran = await pilotlight('exec', id, '--', 'sh', '-c', 'echo $STAGE; cat in/data.csv');
    expect(ran).toEqual({ code: 0, stdout: 'test\n1,2', stderr: '' });
    await pilotlight('release', id);
  });

  /** The command in a terminal of its own, between two looks at that terminal. */
  const onTerminal = (id: string) => {
    for (const name of ['before', 'after']) rmSync(here(name), { force: true });
    const exec = [command, '--data-dir', under.dataDir, 'exec', '-t', id, '--', 'sh'];
    const look = (name: string) => `stty -a > '${here(name)}'`;
    const line = [
      ...['stty rows 40 cols 111', `tty > '${here('tty')}'`, look('before')],
      `sh -c 'echo $$ > "$0"; exec "$@"' ${quoted([here('pid'), process.execPath, ...exec])}`,
      ...['code=$?', 'stty rows 40', look('after'), 'exit $code'],
    ];
    const child = spawn('script', ['-qec', line.join('; '), '/dev/null'], {
      stdio: 'pipe',
      env: { ...process.env, TERM: 'xterm-256color' },
    });
    started.add(child);
    return {
      child,
      screen: watched(child.stdout),
      type: (keys: string) => child.stdin.write(keys),
    };
  };
  const written = (name: string) => readFileSync(here(name), 'utf8').trim();

  it('gives a command a terminal, and its keys, size and end', async () => {
    const id = await acquired('shell');
    const { child, screen, type } = onTerminal(id);
    await screen.until(/[$#] $/);
    type('tty > /dev/null && echo is-$((1 + 1))-tty; stty size; echo $TERM\r');
    await screen.until(/is-2-tty\s+40 111\s+xterm-256color/);
    type('echo ready-$((3 + 3)); until stty size | grep 50; do sleep 0.05; done\r');
    await screen.until(/ready-6/);
    execFileSync('stty', ['-F', written('tty'), 'rows', '50']);
    await screen.until(/50 111/);
    type('trap "echo caught-$((2 + 2))" INT; echo ready-$((4 + 4)); sleep 100\r');
    await screen.until(/ready-8/);
    type('\x03');
    await screen.until(/caught-4/);
    const ended = once(child, 'exit');
    type('exit 7\r');
    expect(await ended).toEqual([7, null]);
    expect(written('after')).toBe(written('before'));
    await pilotlight('release', id);
  });

  it('gives the terminal back where it is ended from outside, and where its lease ends', async () => {
    const id = await acquired('shell');
    for (const end of [
      () => process.kill(Number(written('pid')), 'SIGTERM'),
      () => pilotlight('release', id),
    ]) {
      const { child, screen } = onTerminal(id);
      await screen.until(/[$#] $/);
      const ended = once(child, 'exit');
      await end();
      const [code] = await ended;
      expect(code).not.toBe(0);
      expect(written('after')).toBe(written('before'));
    }
  });

  it('interrupts a command, and kills one that does not listen', async () => {
    const id = await acquired('shell');
    const interrupted = start(['exec', id, '--', 'sh', '-c', 'echo up; exec sleep 100']);
    await watched(interrupted.stdout).until(/up/);
    const over = once(interrupted, 'exit');
    interrupted.kill('SIGINT');
    expect(await over).toEqual([130, null]);
    const deaf = start(['exec', id, '--', 'sh', '-c', 'trap "" INT; echo up; exec sleep 101']);
    await watched(deaf.stdout).until(/up/);
    const said = watched(deaf.stderr);
    const killed = once(deaf, 'exit');
    deaf.kill('SIGINT');
    await said.until(/once more to kill/);
    deaf.kill('SIGINT');
    expect(await killed).toEqual([130, null]);
    await pilotlight('release', id);
  });

  it('forwards a port to a program inside', async () => {
    const id = await acquired('javascript');
    const serve = `require('node:http').createServer((request, response) => {
      if (request.method === 'POST') request.pipe(response);
      else response.end('asked for ' + request.url);
    }).listen(3000, '127.0.0.1', () => console.log('listening'))`;
    const server = start(['exec', id, '--', 'node', '-e', serve]);
    await watched(server.stdout).until(/listening/);
    const forward = start(['forward', id, '3000', '--json']);
    const [, line = ''] = await watched(forward.stdout).until(/^(.*)\n/);
    const { url } = JSON.parse(line);
    const said = watched(forward.stderr);
    const answers = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => (await fetch(`${url}/${index}`)).text()),
    ).catch((thrown: unknown) => {
      throw new Error(`forward says: ${said.text}`, { cause: thrown });
    });
    expect(answers).toEqual(Array.from({ length: 8 }, (_, index) => `asked for /${index}`));
    const body = 'é'.repeat(1_000_000);
    expect(await (await fetch(url, { method: 'POST', body })).text()).toBe(body);
    // A connection that is still open tells the forward of it at once.
    const over = once(forward, 'exit');
    await pilotlight('release', id);
    await expect(fetch(url)).rejects.toThrow();
    expect(await over).toEqual([expect.toSatisfy((code) => [66, 77].includes(code)), null]);
    expect(said.text).not.toBe('');
  });

  it('sleeps and wakes', async () => {
    const id = await acquired('shell');
    const echo = start(['exec', '-i', id, '--', 'cat']);
    const echoed = watched(echo.stdout);
    echo.stdin.write('before');
    await echoed.until(/before/);
    expect((await pilotlight('pause', id)).stdout).toBe(`${id} is paused.\n`);
    echo.stdin.write('while');
    expect((await pilotlight('resume', id)).stdout).toBe(`${id} is leased.\n`);
    await echoed.until(/beforewhile/);
    const slept = await pilotlight('hibernate', id);
    // A node without swap says so; that is all it can do.
    if (slept.code === 69) expect(slept.stderr).toMatch(/swap|memory/i);
    else expect(slept).toMatchObject({ code: 0, stdout: `${id} is paused.\n` });
    expect((await pilotlight('resume', id)).stdout).toBe(`${id} is leased.\n`);
    expect((await pilotlight('exec', id, '--', 'echo', 'awake')).stdout).toBe('awake\n');
    expect((await pilotlight('keepalive', id)).stdout).toMatch(/lives until 20\d\d-/);
    await pilotlight('release', id);
  });
});

/** Text as it comes, to wait for. */
function watched(stream: Readable) {
  let seen = '';
  const waiting = new Set<() => void>();
  stream.on('data', (piece: Buffer) => {
    seen += piece.toString();
    for (const look of waiting) look();
  });
  return {
    get text() {
      return seen;
    },
    /** What comes later is looked at from the beginning again. */
    until: (words: RegExp) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        const look = () => {
          const match = words.exec(seen);
          if (match === null) return;
          waiting.delete(look);
          resolve(match);
        };
        waiting.add(look);
        stream.once('end', () => reject(new Error(`${words} did not come: ${seen}`)));
        look();
      }),
  };
}

function quoted(argv: readonly string[]): string {
  return argv.map((arg) => `'${arg.replaceAll("'", "'\\''")}'`).join(' ');
}
