// What a program must not reach.
import { expect, it } from 'vitest';
import type { Harness } from './harness.ts';

/** Calls the C library and prints the name of each error. */
const errnoOf = `
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    ctypes.set_errno(0)
    result = getattr(libc, name)(*arguments)
    print(name, errno.errorcode.get(ctypes.get_errno(), result))
`;

/** All of them need a kernel. */
export function isolationCases(harness: () => Harness): void {
  it('refuses mounts, namespaces, tracing and kernel interfaces', async () => {
    const { stdout } = await harness().run(`${errnoOf}
call("mount", b"none", b"/tmp", b"tmpfs", 0, None)
call("umount2", b"/tmp", 0)
call("unshare", 0x10000000)
call("unshare", 0x00020000)
call("setns", 0, 0)
call("ptrace", 16, 1, None, None)
for number in (155, 250, 298, 321, 323, 425, 246) if os.uname().machine == "x86_64" else ():
    call("syscall", number, 0, 0, 0, 0, 0)
`);
    const lines = stdout.trim().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(6);
    for (const line of lines) expect(line).toMatch(/ EPERM$/);
  });

  it('runs as nobody, without capabilities, with no new privileges', async () => {
    const { stdout } = await harness().run(
      'import re\ns = open("/proc/self/status").read()\nprint(*[re.search(k + r":\\s+(.*)", s)[1].split()[0] for k in ("Uid", "Gid", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp")])\n',
    );
    expect(stdout).toBe('65534 65534 0000000000000000 0000000000000000 1 2\n');
  });

  it('has no network', async () => {
    const { stdout } = await harness().run(`
import socket
print([name for _, name in socket.if_nameindex() if name != "lo"])
for address in ("169.254.169.254", "10.0.0.1", "1.1.1.1"):
    try:
        socket.create_connection((address, 80), timeout=2)
        print("connected")
    except OSError as error:
        print(error.errno)
`);
    expect(stdout).toBe('[]\n101\n101\n101\n');
  });

  it('shows nothing of the host that is not needed', async () => {
    const secrets = [
      '/etc/shadow',
      '/etc/ssh',
      '/var/run/docker.sock',
      '/run',
      '/home',
      '/proc/kcore',
    ];
    const { stdout } = await harness().run(`
import os
def readable(path):
    try:
        return bool(os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1))
    except OSError:
        return False
print([p for p in ${JSON.stringify(secrets)} if readable(p)])
print([p for p in os.listdir("/proc") if p.isdigit() and int(p) > 100])
print(sorted(set(os.environ) - {"PATH", "HOME", "LANG", "PWD", "OLDPWD", "HOSTNAME", "SHLVL", "_"}))
`);
    const [files, processes, environment] = stdout.trim().split('\n');
    expect([files, processes]).toEqual(['[]', '[]']);
    const template = harness().expectations.templates.python.env;
    expect(environment).toBe(
      `[${Object.keys(template)
        .sort()
        .map((n) => `'${n}'`)
        .join(', ')}]`,
    );
  });

  it('cannot write to control groups, the system or the kernel', async () => {
    const { stdout } = await harness().run(`
import os
def writable(path):
    try:
        with open(path, "ab"):
            return True
    except OSError:
        return False
found = [os.path.join(d, f) for d, _, fs in os.walk("/sys/fs/cgroup") for f in fs]
found += ["/usr/bin/sh", "/etc/passwd", "/pilotlight/init.sh", "/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern"]
print([p for p in found if writable(p)])
try:
    os.mknod("/workspace/device", 0o020666, os.makedev(1, 1))
    print("made")
except OSError as error:
    print(error.errno)
`);
    expect(stdout).toBe('[]\n1\n');
  });
}
