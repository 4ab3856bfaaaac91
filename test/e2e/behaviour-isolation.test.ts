// What a program must not reach: the host, the platform, other sandboxes.
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { expectCleanRun, runExactly } from './behaviour-fixture.ts';
import { usePlatform } from './fixture.ts';

/** Calls the C library and prints the name of each error. */
const errnoOf = `
import ctypes, errno, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments, call=None):
    ctypes.set_errno(0)
    result = getattr(libc, call or name)(*arguments)
    print(name, errno.errorcode.get(ctypes.get_errno(), result) if result == -1 else "done")
def system(name, number):
    if os.uname().machine == "x86_64": call(name, number, 0, 0, 0, 0, 0, call="syscall")
`;

const forbidden: readonly [string, string][] = [
  ['mount', 'call("mount", b"none", b"/tmp", b"tmpfs", 0, None)'],
  ['unshare a user namespace', 'call("unshare", 0x10000000)'],
  ['unshare mounts', 'call("unshare", 0x00020000)'],
  ['setns', 'call("setns", os.open("/proc/self/ns/mnt", 0), 0)'],
  ['pivot_root', 'system("pivot_root", 155)'],
  ['chroot', 'call("chroot", b"/tmp")'],
  ['ptrace of the init', 'call("ptrace", 16, 1, None, None)'],
  ['bpf', 'system("bpf", 321)'],
  ['keyctl', 'system("keyctl", 250)'],
  ['userfaultfd', 'system("userfaultfd", 323)'],
  ['io_uring', 'system("io_uring", 425)'],
  ['perf_event_open', 'system("perf", 298)'],
  ['kexec_load', 'system("kexec", 246)'],
  ['a device', 'call("mknod", b"/workspace/null", 0o020666, os.makedev(1, 3))'],
  ['another user id', 'call("setuid", 0)'],
  ['another clock', 'call("sethostname", b"x", 1)'],
];

const canWrite = `
import os
def writable(path):
    try:
        with open(path, "ab"): return True
    except OSError: return False
`;

const nothingFound: readonly [string, string][] = [
  [
    'a control group to write to',
    `${canWrite}print([p for d, _, fs in os.walk("/sys/fs/cgroup") for p in [os.path.join(d, f) for f in fs] if writable(p)])`,
  ],
  [
    'a part of the system to write to',
    `${canWrite}print([p for p in ("/usr/bin/sh", "/bin/sh", "/etc/passwd", "/pilotlight/init.sh", "/pilotlight/runner.py", "/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/1/mem", "/dev/mem", "/dev/kmsg") if writable(p)])`,
  ],
  [
    'anything of the host to read',
    `
import os
def readable(path):
    try:
        if not os.path.isdir(path): return bool(open(path, "rb").read(1))
    except OSError: return False
    # An interpreter's shared library is mounted where the interpreter was built to look for it.
    return any(".so" not in file for _, _, files in os.walk(path) for file in files)
print([p for p in ("/etc/shadow", "/etc/ssh", "/root", "/home", "/run", "/var/run/docker.sock", "/proc/kcore", "/proc/keys", "/sys/firmware/dmi", "/proc/1/cwd/root") if readable(p)])`,
  ],
  [
    'processes of others',
    'import os; print([p for p in os.listdir("/proc") if p.isdigit() and int(p) > 50])',
  ],
  [
    'a way up by a set-user-id file',
    'import os, shutil, subprocess\nshutil.copy(os.path.realpath("/bin/sh"), "sh"); os.chmod("sh", 0o6755)\nprint([x for x in subprocess.run(["./sh", "-pc", "id -u"], capture_output=True, text=True).stdout.split() if x != str(os.getuid())])',
  ],
];

describe('a sandbox', () => {
  const under = usePlatform({ driver: 'oci' });
  const python = (code: string) => runExactly(under.client, { language: 'python', code });

  it('is denied every system call that leads out', async () => {
    const { stdout, status } = await python(errnoOf + forbidden.map(([, code]) => code).join('\n'));
    const answers = stdout.trim().split('\n');
    expect(status).toBe('completed');
    expect(answers.length).toBeGreaterThanOrEqual(process.arch === 'x64' ? forbidden.length : 8);
    expect(answers.filter((answer) => !answer.endsWith(' EPERM'))).toEqual([]);
    await expectCleanRun(under.client);
  });

  it.each(nothingFound)('finds no %s', async (_, code) => {
    expect(await python(code)).toMatchObject({ status: 'completed', stdout: '[]\n', stderr: '' });
    await expectCleanRun(under.client);
  });

  it('reaches no network, and nothing that listens on this host', async () => {
    const outside = createServer().listen(0, '0.0.0.0');
    const { grpc, pools, nats, ops } = under.platform.endpoints;
    const own = [grpc, pools, new URL(nats.url).host, ...Object.values(ops)];
    const address = outside.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const hosts = Object.values(networkInterfaces()).flatMap((all) => all?.map((i) => i.address));
    const reachable = hosts.filter((host) => host?.includes('.')).map((host) => `${host}:${port}`);
    const targets = [...own, ...reachable, '169.254.169.254:80', '1.1.1.1:53', '10.0.0.1:80'];
    const { stdout } = await python(`
import socket
for target in ${JSON.stringify(targets)}:
    host, port = target.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=2)
        print("connected to", target)
    except OSError: pass
try: socket.getaddrinfo("example.org", 80); print("resolved")
except OSError: pass
print([name for _, name in socket.if_nameindex() if name != "lo"])`);
    outside.close();
    expect(stdout).toBe('[]\n');
  });

  it.each([
    [
      'sh',
      'env; cat /proc/*/environ /proc/*/cmdline /proc/self/mountinfo 2>/dev/null | tr "\\0" "\\n"',
    ],
    ['javascript', 'console.log(process.env, process.argv, process.execArgv)'],
    ['python', 'import os, sys; print(os.environ, sys.argv, sys.path)'],
  ])('knows no secret of the platform (%s)', async (language, code) => {
    const { stdout, status } = await runExactly(under.client, { language, code });
    expect(status).toBe('completed');
    const { nats } = under.platform.endpoints;
    for (const secret of [nats.password, 'PILOTLIGHT', under.dataDir]) {
      expect(stdout).not.toContain(secret);
    }
  });

  it('shares no abstract socket and no SysV memory with another', async () => {
    await using a = await under.client.acquire({ template: 'python', userId: 'ann' });
    await using b = await under.client.acquire({ template: 'python', userId: 'bob' });
    const holds = `
import ctypes, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind("\\0shared"); s.listen()
ctypes.CDLL(None).shmget(4242, 4096, 0o1666)
print("held", flush=True); sys.stdin.read()`;
    const looks = `
import ctypes, errno, socket
try: socket.socket(socket.AF_UNIX).connect("\\0shared"); print("connected")
except OSError as error: print(errno.errorcode[error.errno])
print(ctypes.CDLL(None).shmget(4242, 4096, 0o666))`;
    const held = Promise.withResolvers<void>();
    const looked = Promise.withResolvers<void>();
    const holder = a.exec(['python3', '-c', holds], {
      onStdout: () => held.resolve(),
      // biome-ignore lint/correctness/useYield: input that ends when the other has looked.
      stdin: (async function* () {
        await looked.promise;
      })(),
    });
    await Promise.race([held.promise, holder]);
    const seen = await b.exec(['python3', '-c', looks]).finally(() => looked.resolve());
    expect(seen).toMatchObject({ exitCode: 0, stdout: 'ECONNREFUSED\n-1\n', stderr: '' });
    expect(await holder).toMatchObject({ exitCode: 0, stdout: 'held\n', stderr: '' });
  });

  it('never shows one of 200 mixed runs a file or variable of another', async () => {
    const places = '/workspace /tmp /dev/shm';
    const programs = {
      sh: (id: string) =>
        `ls -A ${places} | grep -c secret-; echo ${id} > secret-${id}; cp secret-* /tmp; cat /tmp/secret-*`,
      python: (id: string) =>
        `import os, shutil\nprint(sum("secret-" in f for d in "${places}".split() if os.path.isdir(d) for f in os.listdir(d)))\nopen("secret-${id}", "w").write("${id}")\nshutil.copy("secret-${id}", "/tmp")\nprint(*[open("/tmp/" + f).read() for f in os.listdir("/tmp") if "secret-" in f])`,
      javascript: (id: string) =>
        `const fs = require('fs')\nconsole.log('${places}'.split(' ').filter(fs.existsSync).flatMap((d) => fs.readdirSync(d)).filter((f) => f.includes('secret-')).length)\nfs.writeFileSync('secret-${id}', '${id}'); fs.copyFileSync('secret-${id}', '/tmp/secret-${id}')\nconsole.log(fs.readdirSync('/tmp').filter((f) => f.includes('secret-')).map((f) => fs.readFileSync('/tmp/' + f, 'utf8')).join())`,
    } as const;
    const languages = ['sh', 'python', 'sh', 'python', 'javascript'] as const;
    const outcomes = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const language = languages[i % languages.length] ?? 'sh';
        const wanted = { language, code: programs[language](`${i}`), userId: `user-${i % 9}` };
        const { stdout, stderr } = await runExactly(under.client, wanted);
        return { i, stdout, stderr };
      }),
    );
    expect(outcomes).toEqual(outcomes.map((_, i) => ({ i, stdout: `0\n${i}\n`, stderr: '' })));
    await expectCleanRun(under.client);
  });
});
