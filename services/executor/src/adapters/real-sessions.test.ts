// Sessions in real sandboxes: files in and out, terminals, sleep. The same on both drivers.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import {
  type ExecRequest,
  ExecStart,
  type Lease,
  PlatformError,
  type Template,
  tarEnd,
  tarHeader,
  tarPadding,
  type WriteFilesRequest,
} from '@pilotlight/contracts';
import { Scope, systemClock } from '@pilotlight/lifecycle';
import { createMemoryBus } from '@pilotlight/messaging';
import { openDriver, PackageLayers } from '@pilotlight/sandbox-runtime';
import { testEngine } from '@pilotlight/sandbox-runtime/test-engine';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventOutbox } from '../app/event-outbox.ts';
import { runExec } from '../app/exec-session.ts';
import { createExecutor, type Executor } from '../app/executor.ts';
import { listFiles } from '../app/list-files.ts';
import { readFile } from '../app/read-file.ts';
import { writeFiles } from '../app/write-files.ts';
import { platformVersion, toolchainPathOf } from '../config.ts';
import { archive, type RawEntry } from '../testing/tar-archive.ts';
import { leaseRequest, never, template } from '../testing/test-node.ts';
import { createBusEventLog, createBusOutputLog } from './bus-logs.ts';
import { createBusResultStore } from './bus-result-store.ts';
import { createFileSpool } from './file-spool.ts';
import { openHttpProbe } from './http-probe.ts';

const engine = await testEngine();
if (engine.kind === 'none') console.warn(`Skipped, no Docker engine: ${engine.reason}`);
const drivers = engine.kind === 'ready' ? (['oci', 'docker'] as const) : (['oci'] as const);

const silent = () => undefined;
const log = { info: silent, warn: silent, error: silent };
const clock = systemClock;
const read = (path: string) =>
  readFileSync(new URL(`../../../../templates/${path}`, import.meta.url), 'utf8');

function shell(): Template {
  return {
    ...template('shell'),
    image: 'pilotlight/shell',
    runner: { argv: ['/bin/sh', '/pilotlight/runner.sh'], files: [] },
    reuse: 'reset',
    files: [
      { path: '/pilotlight/init.sh', content: read('init.sh') },
      { path: '/pilotlight/runner.sh', content: read('shell/runner.sh') },
    ],
  };
}

describe.each(drivers)('a session on %s', (prefer) => {
  const scope = new Scope();
  let node: Executor;
  let spool: ReturnType<typeof createFileSpool>;
  let lease: Lease;

  beforeAll(async () => {
    const stateDir = mkdtempSync('/dev/shm/pilotlight-test-');
    const uploads = mkdtempSync('/dev/shm/pilotlight-test-');
    for (const folder of [stateDir, uploads]) {
      scope.defer(folder, () => rmSync(folder, { recursive: true, force: true }));
    }
    const address = { node: 'test', incarnation: `sessions-${prefer}` };
    const searchPath = toolchainPathOf(undefined);
    const driver = await openDriver({
      ...{ prefer, weakLimits: false },
      oci: { stateDir, incarnation: address.incarnation, searchPath },
      docker: engine.kind === 'ready' ? { host: engine.host } : {},
    });
    scope.defer('driver', () => driver.close());
    const bus = createMemoryBus();
    node = createExecutor({
      ...{ address, driver, clock, log, runSlots: 4, sandboxSlots: 8, maxConcurrentCreates: 2 },
      createTimeoutMs: 20_000,
      platformVersion,
      events: new EventOutbox({ target: createBusEventLog(bus), clock, log }),
      outputs: createBusOutputLog(bus),
      results: createBusResultStore(bus),
      openProbe: openHttpProbe,
      packageStore: new PackageLayers({ directory: '/nonexistent', searchPath: '' }),
    });
    scope.defer('sandboxes', async () => {
      await node.stock.close();
      node.leases.endAll();
      await node.disposal.settled();
      const traces = await driver.list();
      expect(traces.filter(({ incarnation }) => incarnation === address.incarnation)).toEqual([]);
    });
    node.stock.setCatalogue(new Map([['shell', shell()]]));
    spool = createFileSpool({ directory: uploads, maxBytes: 64 << 20 });
    // Ended commands count until they are reaped, by a PID 1 that may take its time about it.
    lease = await acquire({ limits: { memoryMb: 0, cpus: 0, pids: 512 } });
  });

  afterAll(() => scope.close());

  const acquire = (changed = {}) =>
    node.leases.lease(leaseRequest({ template: 'shell', ...changed }), never);
  const parts = () => ({ leases: node.leases, spool, clock, log });

  async function run(script: string, of = lease): Promise<string> {
    async function* requests(): AsyncGenerator<ExecRequest> {
      const start = ExecStart.fromPartial({ lease: of, argv: ['/bin/sh', '-c', script] });
      yield { message: { $case: 'start', start } };
    }
    let said = '';
    for await (const { message } of runExec(parts(), requests(), never)) {
      if (message?.$case === 'stdout') said += Buffer.from(message.stdout).toString();
      if (message?.$case === 'stderr') said += Buffer.from(message.stderr).toString();
      if (message?.$case === 'exit' && message.exit.exitCode !== 0)
        said += `[${message.exit.exitCode}]`;
    }
    return said;
  }

  async function write(bytes: Uint8Array, path = '', of = lease) {
    async function* requests(): AsyncGenerator<WriteFilesRequest> {
      yield { message: { $case: 'start', start: { lease: of, path } } };
      for (let at = 0; at < bytes.length; at += 100_000) {
        yield { message: { $case: 'archive', archive: bytes.subarray(at, at + 100_000) } };
      }
    }
    return writeFiles(parts(), requests(), never);
  }

  async function readBack(path: string, of = lease): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const { data } of readFile(parts(), { lease: of, path }, never)) pieces.push(data);
    return Buffer.concat(pieces);
  }

  const list = (path: string, recursive = false) =>
    listFiles(parts(), { lease, path, recursive }, never);

  const refusal = (call: Promise<unknown>) =>
    call.then(
      () => 'accepted',
      (error: unknown) => PlatformError.from(error),
    );

  it('writes what an archive holds, with its modes, and reads it back', async () => {
    const binary = Buffer.from(Array.from({ length: 70_000 }, (_, n) => n % 256));
    const odd = 'odd/ \n"ü\u{1f600}\t';
    const long = `${'long/'.repeat(60)}file`;
    const entry = (path: string, content: Buffer, mode = 0o644) => {
      const sizeBytes = content.length;
      const header = tarHeader({ path, kind: 'file', sizeBytes, mode, modifiedAt: new Date(1e12) });
      return Buffer.concat([header, content, tarPadding(sizeBytes)]);
    };
    const bytes = Buffer.concat([
      entry('run.sh', Buffer.from('#!/bin/sh\necho ran'), 0o755),
      entry('data.bin', binary),
      entry(odd, Buffer.from('odd')),
      entry(long, Buffer.from('long')),
      tarEnd,
    ]);
    const written = await write(bytes, 'up/load');
    expect(written).toEqual({ files: 4, bytes: 18 + binary.length + 3 + 4 });
    expect(await run('cd up/load && ./run.sh && stat -c "%a %Y %U" run.sh data.bin')).toMatch(
      /^ran\n755 1000000000 \S+\n644 1000000000 \S+\n$/,
    );
    expect((await readBack('up/load/data.bin')).equals(binary)).toBe(true);
    expect(String(await readBack(`/workspace/up/load/${odd}`))).toBe('odd');
    expect(String(await readBack(`up/load/${long}`))).toBe('long');
    expect(await readBack('/dev/null').catch((error: unknown) => error)).toMatchObject({
      ...{ code: 'failed_precondition', message: '/dev/null: is a device' },
    });
  });

  it('writes again over what is there, and keeps the rest', async () => {
    await write(archive({ name: 'again/a', content: 'old' }, { name: 'again/b', content: 'kept' }));
    await write(archive({ name: 'a', content: 'new' }), 'again');
    expect(await run('cat again/a again/b')).toBe('newkept');
  });

  it.each<[string, RawEntry[]]>([
    ['a link', [{ name: 'evil/ok' }, { name: 'evil/l', typeflag: '2', linkname: '/etc/passwd' }]],
    [
      'a hard link',
      [{ name: 'evil/ok' }, { name: 'evil/l', typeflag: '1', linkname: '/etc/passwd' }],
    ],
    ['a device', [{ name: 'evil/ok' }, { name: 'evil/d', typeflag: '3' }]],
    ['a way out', [{ name: 'evil/ok' }, { name: '../evil/out' }]],
    ['a collision', [{ name: 'evil/ok' }, { name: 'evil/ok/x' }]],
    ['a size that is a lie', [{ name: 'evil/ok' }, { name: 'evil/x', size: '00000001000\0' }]],
  ])('writes nothing of an archive with %s', async (_, entries) => {
    expect(await refusal(write(archive(...entries)))).toMatchObject({ code: 'invalid_argument' });
    expect(await run('ls -d evil')).toContain('No such file');
  });

  it('says why it cannot be written', async () => {
    await run('mkdir -p full && touch full/file');
    const below = await refusal(write(archive({ name: 'x' }), 'full/file/below'));
    expect(below).toMatchObject({ code: 'failed_precondition' });
    const other = await acquire({ userId: 'full' });
    const large = archive({ name: 'large', content: Buffer.alloc(70 << 20) });
    expect(await refusal(write(large, '', other))).toMatchObject({ code: 'resource_exhausted' });
    const fits = archive({ name: 'fits', content: Buffer.alloc(50 << 20) });
    await write(fits, '', other);
    await run('rm fits; head -c 40000000 /dev/zero >taken', other);
    const tooMuch = await refusal(write(fits, '', other));
    expect(tooMuch).toMatchObject({ code: 'failed_precondition' });
    expect(String(tooMuch)).toMatch(/no space|killed/);
    node.leases.release(other);
  });

  it('streams a large file, no faster than it is taken', async () => {
    await run('head -c 20000000 /dev/urandom >large');
    const digest = await run('sha256sum <large');
    const { createHash } = await import('node:crypto');
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const { data } of readFile(parts(), { lease, path: 'large' }, never)) {
      hash.update(data);
      bytes += data.length;
    }
    expect(bytes).toBe(20_000_000);
    expect(digest).toContain(hash.digest('hex'));
    for await (const _ of readFile(parts(), { lease, path: 'large' }, never)) break;
    // What has ended and was not reaped yet does not count.
    const living = await run('rm large; grep -L "^State:.Z" /proc/[0-9]*/status | wc -l');
    expect(Number(living)).toBeLessThan(12);
    expect(node.leases.use(lease).times.activeCalls).toBe(0);
  });

  it.each([
    ['a symbolic link', 'ln -sfn /etc/passwd odd-link', 'odd-link', 'is a symbolic link'],
    ['a link with a slash', 'ln -sfn /etc odd-dir', 'odd-dir/', 'is a symbolic link'],
    ['a FIFO', 'mkfifo -m 600 pipe', 'pipe', 'is a FIFO'],
    ['a folder', 'mkdir -p folder', 'folder', 'is a folder'],
    ['a device', 'true', '/dev/zero', 'is a device'],
    ['a socket', 'true', '/proc/self/fd/0', 'is a symbolic link'],
    ['nothing', 'true', 'no/such', 'No such file'],
    ['what is below a file', 'touch plain', 'plain/x', 'Not a directory'],
    ['what must not be read', 'touch secret; chmod 000 secret', 'secret', 'Permission denied'],
  ])('does not read %s', async (_, prepare, path, problem) => {
    await run(prepare);
    const { code, message } = PlatformError.from(await refusal(readBack(path)));
    expect(message).toContain(problem);
    const missing = /No such|Not a dir/.test(problem);
    expect(code).toBe(missing ? 'not_found' : 'failed_precondition');
  });

  it('reads a file of its own through a link on the way to it, which only leads inside', async () => {
    await run('mkdir -p there && echo deep >there/file && ln -sfn there here');
    expect(String(await readBack('here/file'))).toBe('deep\n');
  });

  it('reads a file that grows, as long as it was when that began', async () => {
    await run('echo start >growing; (while sleep 0.01; do echo more; done) >>growing &');
    expect(String(await readBack('growing'))).toMatch(/^start\n(more\n)*$/);
    await run('pkill sleep || true');
  });

  it('lists a folder: kinds, sizes, modes and times, links as links', async () => {
    await run(
      'mkdir -p l/d && printf abc >l/f && chmod 640 l/f && touch -d @1000000000 l/f && ln -s / l/s && mkfifo l/p && touch l/d/deep',
    );
    const { entries, truncated } = await list('l');
    expect(truncated).toBe(false);
    const shown = entries.map(({ path, kind, sizeBytes }) => [
      path,
      kind,
      kind === 'file' ? sizeBytes : 0,
    ]);
    expect(shown).toEqual([
      ['d', 'directory', 0],
      ['f', 'file', 3],
      ['p', 'other', 0],
      ['s', 'link', 0],
    ]);
    expect(entries[1]).toMatchObject({ mode: 0o640, modifiedAt: new Date(1e12) });
    const deep = await list('/workspace/l/', true);
    expect(deep.entries.map(({ path }) => path)).toEqual(['d', 'd/deep', 'f', 'p', 's']);
  });

  it('lists whatever names there are', async () => {
    await run(
      `mkdir -p names && cd names && touch -- -rf ' ' "$(printf 'a\\nb')" "$(printf 'bad\\377')" 'ü' '%s\\0'`,
    );
    const names = (await list('names')).entries.map(({ path }) => path);
    expect(names).toEqual([' ', '%s\\0', '-rf', 'a\nb', 'bad\ufffd', 'ü'].toSorted());
  });

  it.each([
    ['a link', 'ln -sfn /etc listed', 'listed', 'failed_precondition', 'is a symbolic link'],
    ['a link with a slash', 'true', 'listed/', 'failed_precondition', 'is a symbolic link'],
    ['a file', 'touch file', 'file', 'failed_precondition', 'is not a folder'],
    ['nothing', 'true', 'no/such', 'not_found', 'No such file'],
  ])('does not list %s', async (_, prepare, path, code, problem) => {
    await run(prepare);
    expect(await refusal(list(path))).toMatchObject({
      ...{ code, message: expect.stringContaining(problem) },
    });
  });

  it('lists at most 10,000 entries, and says that there are more', async () => {
    await run('mkdir -p many && cd many && seq 1 10050 | xargs touch');
    const { entries, truncated } = await list('many');
    expect([entries.length, truncated]).toEqual([10_000, true]);
    await run('rm -r many');
  });

  it('lists itself where nothing is named, and leaves out what must not be looked into', async () => {
    await run('mkdir -p closed/in && chmod 000 closed');
    const paths = (await list('', true)).entries.map(({ path }) => path);
    expect(paths).toContain('closed');
    expect(paths).not.toContain('closed/in');
    await run('chmod 700 closed');
  });

  it('is not fooled by what the sandbox’s user puts in the way of its commands', async () => {
    const env = { PATH: '/workspace', TAR_OPTIONS: '--dereference', LC_ALL: 'de_DE.UTF-8' };
    const other = await acquire({ userId: 'fool', env });
    await write(archive({ name: 'tar', content: '#!/bin/sh\necho fooled' }), '', other);
    await run('/bin/chmod +x tar; /bin/ln -s /etc/passwd link', other);
    const refused = await refusal(readBack('link', other));
    expect(refused).toMatchObject({ message: 'link: is a symbolic link' });
    node.leases.release(other);
  });

  it('has its files and environment when it is leased', async () => {
    const files = [{ path: 'in/put', content: Buffer.from('given') }];
    const other = await acquire({ userId: 'files', files, env: { NAME: 'Ada' } });
    expect(await run('cat in/put; echo " $NAME"', other)).toBe('given Ada\n');
    node.leases.release(other);
  });

  it('is a fresh one for the same user after it was released', async () => {
    const first = await acquire({ userId: 'again' });
    await run('touch left', first);
    node.leases.release(first);
    const isWaiting = () =>
      node.registry
        .all()
        .some(({ reservedFor, state }) => reservedFor === 'again' && state === 'ready');
    const deadline = Date.now() + 10_000;
    while (!isWaiting() && Date.now() < deadline) await new Promise((turn) => setTimeout(turn, 20));
    const second = await acquire({ userId: 'again' });
    expect(second).toMatchObject({ fromWarmPool: true });
    expect(second.sandboxId).not.toBe(first.sandboxId);
    expect(await run('ls', second)).toBe('');
    node.leases.release(second);
  });

  it('is refused while it sleeps, and works when it is woken', async () => {
    await node.leases.pause(lease);
    for (const call of [
      () => readBack('x'),
      () => list(''),
      () => write(archive()),
      () => run('true'),
    ]) {
      expect(await refusal(call())).toMatchObject({ code: 'failed_precondition' });
    }
    const begun = performance.now();
    await node.leases.resume(lease);
    expect(await run('echo awake')).toBe('awake\n');
    expect(performance.now() - begun).toBeLessThan(2_000 * slowness());
  });
});
