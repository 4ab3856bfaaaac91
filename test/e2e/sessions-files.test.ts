// Sessions from end to end: files, terminals, ports and the options of a lease, through the public API.

import { buffer, text } from 'node:stream/consumers';
import type { LeasedSandbox } from '@pilotlight/client';
import { slowness } from '@pilotlight/telemetry/test-slowness';
import { describe, expect, it } from 'vitest';
import { refusalOf } from './behaviour-fixture.ts';
import { usePlatform } from './fixture.ts';
import { until } from './until.ts';

/** Serves HTTP on 3000: says back what it is sent, and what it was asked for. */
const webServer = `
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def answer(self):
        body = self.rfile.read(int(self.headers.get('content-length', 0)))
        said = f'{self.command} {self.path} '.encode() + body
        self.send_response(201)
        self.send_header('content-length', str(len(said)))
        self.send_header('x-test', 'yes')
        self.end_headers()
        self.wfile.write(said)
    do_GET = do_POST = answer
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(('127.0.0.1', 3000), Handler).serve_forever()
`;

/** On 3001: counts what it is sent until its end, and only then answers. */
const countingServer = `
import socket
listener = socket.create_server(('127.0.0.1', 3001))
while True:
    peer, _ = listener.accept()
    count = 0
    while chunk := peer.recv(65536): count += len(chunk)
    peer.sendall(b'%d bytes' % count)
    peer.close()
`;

const spaced = Buffer.alloc(3_000_000, 'all of it ');

describe('a session', () => {
  const under = usePlatform({ driver: 'oci' });
  const acquire = (template = 'shell', more = {}) =>
    under.client.acquire({ template, userId: 'ann', ...more });
  const shell = async (sandbox: LeasedSandbox, script: string) =>
    (await sandbox.exec(['sh', '-c', script])).stdout;

  it('takes files, shows them and gives them back', async () => {
    await using sandbox = await acquire();
    const files = [
      { path: 'src/main.sh', content: 'echo ran', mode: 0o755 },
      { path: 'data/ü\n.bin', content: spaced },
    ];
    expect(await sandbox.writeFiles(files, { path: 'in' })).toEqual({ files: 2, bytes: 3_000_008 });
    expect(await shell(sandbox, 'cd in && sh src/main.sh && cat data/* | wc -c')).toBe(
      'ran\n3000000\n',
    );
    const { entries, truncated } = await sandbox.listFiles('in', { recursive: true });
    expect([entries.map(({ path, kind }) => `${kind} ${path}`), truncated]).toEqual([
      ['directory data', 'file data/ü\n.bin', 'directory src', 'file src/main.sh'],
      false,
    ]);
    expect((await sandbox.readFile('in/data/ü\n.bin')).equals(spaced)).toBe(true);
    const streamed = await buffer(sandbox.openFile('/workspace/in/data/ü\n.bin'));
    expect(streamed.equals(spaced)).toBe(true);
  });

  it('writes nothing of what is refused, and reads nothing but regular files', async () => {
    await using sandbox = await acquire();
    const files = [
      { path: 'good', content: 'x' },
      { path: '../bad', content: 'x' },
    ];
    const refused = await refusalOf(sandbox.writeFiles(files));
    expect(refused).toMatchObject({ code: 'invalid_argument' });
    expect(refused.message).toContain('../bad');
    expect(await shell(sandbox, 'ls -A')).toBe('');
    await shell(sandbox, 'ln -s /etc/passwd link; mkfifo pipe; mkdir folder');
    for (const path of ['link', 'pipe', 'folder', '/dev/zero']) {
      expect(await refusalOf(sandbox.readFile(path))).toMatchObject({
        code: 'failed_precondition',
      });
    }
    expect(await refusalOf(sandbox.readFile('none'))).toMatchObject({ code: 'not_found' });
  });

  it('talks to a shell in a terminal: job control, sizes, signals', async () => {
    await using sandbox = await acquire();
    const command = sandbox.start(['bash', '--norc', '-i'], { tty: { columns: 80, rows: 24 } });
    let shown = '';
    command.stdout.on('data', (piece: Buffer) => {
      shown += piece;
    });
    command.stderr.resume();
    const shows = (wanted: string) =>
      until(`it shows ${wanted}`, async () => shown.includes(wanted), 10_000);
    command.stdin.write('stty size; sh -c "echo job \\$\\$; exec sleep 1000"\n');
    await shows('24 80\r\njob ');
    command.stdin.write('\u001a');
    await shows('Stopped');
    command.stdin.write('kill %1; sh -c "echo up \\$((20 + 1)); exec sleep 1000"\n');
    await shows('up 21');
    command.signal('SIGINT');
    command.resize({ columns: 100, rows: 40 });
    await until(
      'the new size is known',
      async () => {
        command.stdin.write('stty size\n');
        return shown.includes('40 100\r\n');
      },
      10_000,
    );
    command.stdin.end('exit 3\n');
    expect(await command.exit).toEqual({ exitCode: 3, timedOut: false });
  });

  it('runs more commands one after another than may run at once', async () => {
    await using sandbox = await acquire('shell', { limits: { pids: 20 } });
    for (let count = 0; count < 60; count += 1) {
      expect(await shell(sandbox, `echo ${count}`)).toBe(`${count}\n`);
    }
  });

  it('reaches programs that listen inside, by HTTP and by TCP', async () => {
    await using sandbox = await acquire('python');
    await sandbox.writeFiles([
      { path: 'web.py', content: webServer },
      { path: 'count.py', content: countingServer },
    ]);
    for (const name of ['web', 'count']) {
      sandbox.start(['python3', `${name}.py`]).exit.catch(() => undefined);
    }
    const answers = async (port: number) =>
      sandbox.connectPort(port).then(
        (connection) => !connection.destroy().readable,
        () => false,
      );
    for (const port of [3000, 3001]) await until(`${port} answers`, () => answers(port), 10_000);

    const got = await sandbox.fetch(3000, '/a?b=c');
    expect([got.status, got.headers.get('x-test'), await got.text()]).toEqual([
      ...[201, 'yes', 'GET /a?b=c '],
    ]);
    const posted = await sandbox.fetch(3000, '/', { method: 'POST', body: spaced });
    expect((await posted.text()).length).toBe('POST / '.length + spaced.length);
    const many = Array.from({ length: 20 }, async (_, n) => {
      const answer = await sandbox.fetch(3000, `/${n}`);
      return answer.text();
    });
    expect(await Promise.all(many)).toEqual(Array.from({ length: 20 }, (_, n) => `GET /${n} `));

    const connection = await sandbox.connectPort(3001);
    connection.end(spaced);
    expect(await text(connection)).toBe('3000000 bytes');
    const nobody = await refusalOf(sandbox.connectPort(3999));
    expect(nobody).toMatchObject({ code: 'unavailable' });
  });

  it('closes its connections when it is released, and stays as long as one is open', async () => {
    const sandbox = await acquire('python', { idleTimeoutSeconds: 1 });
    await sandbox.writeFiles([{ path: 'count.py', content: countingServer }]);
    const script = 'python3 count.py & sleep 0.5';
    await sandbox.exec(['sh', '-c', `${script}; exit 0`]);
    const connection = await sandbox.connectPort(3001);
    connection.on('error', () => undefined).resume();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect((await sandbox.describe()).state).toBe('leased');
    const closed = new Promise((resolve) => connection.once('close', resolve));
    await sandbox.release();
    await closed;
  });

  it('has its environment, files and network from the first moment on', async () => {
    const files = [{ path: 'a/b', content: 'given' }];
    const env = { NAME: 'Ada', GREETING: 'hello' };
    await using sandbox = await acquire('shell', { files, env, network: 'none' });
    const said = await sandbox.exec(['sh', '-c', 'echo "$GREETING $NAME"; cat a/b'], {
      env: { GREETING: 'bye' },
    });
    expect(said.stdout).toBe('bye Ada\ngiven');
  });

  it('refuses options that are wrong, all of them at once', async () => {
    const wrong = {
      env: { 'A-B': '' },
      files: [{ path: '/etc/passwd', content: '' }],
      limits: { memoryMb: 9_999 },
    };
    const refused = await refusalOf(acquire('shell', wrong));
    expect(refused).toMatchObject({
      code: 'invalid_argument',
      details: [{ field: 'env.A-B' }, { field: 'files[0].path' }, { field: 'limits.memory_mb' }],
    });
  });

  it('sleeps, and is what it was when it is woken; or says why it cannot', async () => {
    await using sandbox = await acquire();
    const ticking = sandbox.start([
      'sh',
      '-c',
      'n=0; while :; do n=$((n+1)); echo $n; sleep 0.02; done',
    ]);
    ticking.exit.catch(() => undefined);
    ticking.stderr.resume();
    let ticks = 0;
    ticking.stdout.on('data', () => {
      ticks += 1;
    });
    await until('it ticks', async () => ticks > 3, 5_000);
    const asleep = await sandbox.hibernate().catch((error: Error) => error);
    if (asleep instanceof Error) {
      console.warn(`Hibernation is not tried here: ${asleep.message}`);
      expect(asleep).toMatchObject({ code: 'unimplemented' });
      await sandbox.pause();
    }
    const before = ticks;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(ticks - before).toBeLessThan(3);
    for (const use of [
      () => sandbox.exec(['true']),
      () => sandbox.readFile('x'),
      () => sandbox.listFiles(),
      () => sandbox.writeFiles([]),
      () => sandbox.connectPort(3000),
    ]) {
      const refused = await refusalOf(use());
      expect(refused).toMatchObject({ code: 'failed_precondition' });
      expect(refused.message).toContain('resume it first');
    }
    const begun = performance.now();
    expect((await sandbox.resume()).state).toBe('leased');
    const asleepAt = ticks;
    await until('it ticks again', async () => ticks > asleepAt, 2_000 * slowness());
    expect(performance.now() - begun).toBeLessThan(2_000 * slowness());
  });
});
