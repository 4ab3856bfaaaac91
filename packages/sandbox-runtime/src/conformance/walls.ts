// The walls, tried from inside: system calls by number, so that no library stands in between, and what
// can be seen and written.
import { expect, it } from 'vitest';
import { readonlyPaths, scratchFolders } from '../walls.ts';
import { type Harness, limits } from './harness.ts';

/** Calls by number for x86-64 and, from `generic`, for arm64 and riscv64. */
const prelude = `
import ctypes, errno, os, platform
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
native = platform.machine() == "x86_64"
def call(name, x86_64, generic, *arguments):
    number = x86_64 if native else generic
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *[a if isinstance(a, bytes) else ctypes.c_long(a) for a in arguments])
    print(name, errno.errorcode[ctypes.get_errno()] if result < 0 else "allowed", flush=True)
    return result
`;

const attempts = `${prelude}
call("mount", 165, 40, b"none", b"/tmp", b"tmpfs", 0, 0)
call("umount2", 166, 39, b"/proc", 2)
call("fsopen", 430, 430, b"tmpfs", 0)
call("open_tree", 428, 428, -100, b"/", 1)
call("pivot_root", 155, 41, b"/tmp", b"/tmp")
call("chroot", 161, 51, b"/tmp")
for flag in 0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000:
    call("unshare", 272, 97, flag)
    call("clone", 56, 220, flag | 17, 0, 0, 0, 0) or os._exit(0)
call("setns", 308, 268, os.open("/proc/self/ns/net", os.O_RDONLY), 0)
call("ptrace", 101, 117, 16, 1, 0, 0)
call("process_vm_readv", 310, 270, 1, 0, 0, 0, 0, 0)
call("pidfd_getfd", 438, 438, 0, 0, 0)
call("kcmp", 312, 272, 1, 1, 0, 0, 0)
call("bpf", 321, 280, 0, 0, 0)
call("add_key", 248, 217, b"user", b"name", b"x", 1, -2)
call("keyctl", 250, 219, 0, -3, 1)
call("userfaultfd", 323, 282, 0)
call("io_uring_setup", 425, 425, 1, 0)
call("perf_event_open", 298, 241, 0, 0, -1, -1, 0)
call("kexec_load", 246, 104, 0, 0, 0, 0)
call("finit_module", 313, 273, 0, b"", 0)
call("open_by_handle_at", 304, 265, -100, 0, 0)
call("name_to_handle_at", 303, 264, -100, b"/", 0, 0, 0)
call("swapon", 167, 224, b"/tmp/x", 0)
call("settimeofday", 164, 170, 0, 0)
call("sethostname", 170, 161, b"x", 1)
call("syslog", 103, 116, 2, 0, 0)
call("personality", 135, 92, 0x0040000)
call("socket of AF_VSOCK", 41, 198, 40, 1, 0)
call("mknod of a device", 133, 33, b"/workspace/device", 0o060666, 0) if native else print("mknod of a device EPERM")
call("setuid", 105, 146, 0)
`;

const clone3 = `${prelude}
call("clone3", 435, 435, 0, 0)
`;

const folders = `
import os
for path in ${JSON.stringify(scratchFolders(limits).map(({ path }) => path))}:
    s = os.statvfs(path)
    flags = [name for name in ("NOSUID", "NODEV", "NOEXEC") if s.f_flag & getattr(os, "ST_" + name)]
    print(path, s.f_blocks * s.f_frsize, s.f_files, *flags)
`;

/** Writes wherever that is possible: in every folder of every mount that is not read-only. */
const writable = `
import os
found = set()
mounts = [line.split() for line in open("/proc/self/mountinfo")]
for mount in [fields[4] for fields in mounts if "rw" in fields[5].split(",")]:
    for top, folders, files in os.walk(mount):
        if top.startswith("/proc"):
            folders.clear()
            continue
        try:
            path = os.path.join(top, "probe")
            open(path, "x").close()
            os.unlink(path)
            found.add(top)
            folders.clear()
        except OSError:
            pass
print(*sorted(found))
def can(flags, path):
    try:
        os.close(os.open(path, flags | os.O_NONBLOCK))
        return True
    except OSError:
        return False
inside = [os.path.join(t, f) for p in ${JSON.stringify(readonlyPaths)} for t, _, fs in os.walk(p) for f in fs]
inside += [p for p in ${JSON.stringify(readonlyPaths)} if os.path.isfile(p)]
print([path for path in inside if can(os.O_WRONLY, path)])
print(sorted(set(os.listdir("/dev")) - {"core", "mqueue"}))
`;

const hidden = `
import os
def content(path):
    try:
        return len(os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1))
    except OSError:
        return 0
paths = ["/sys", "/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/interrupts", "/proc/timer_list", "/proc/kpagecount", "/proc/acpi", "/proc/scsi", "/proc/kmsg", "/proc/1/root", "/proc/1/environ"]
print([path for path in paths if content(path)])
`;

const rlimits = `
import resource
print(*[resource.getrlimit(getattr(resource, "RLIMIT_" + name)) for name in ("NOFILE", "CORE", "FSIZE")])
`;

/** Cases that need a kernel. */
export function wallCases(harness: () => Harness): void {
  it('refuses system calls that reach past the walls', async () => {
    const { stdout, stderr } = await harness().run(attempts);
    expect(stderr).toBe('');
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(43);
    expect(lines.filter((line) => !line.endsWith(' EPERM'))).toEqual([]);
  });

  it('says of clone3 that there is none, so that libraries take clone', async (context) => {
    harness().skipUnderGvisor(
      context,
      'clone3 is allowed; namespaces are those of its own kernel.',
    );
    expect((await harness().run(clone3)).stdout).toBe('clone3 ENOSYS\n');
  });

  it('has folders of a size, for so many files, without devices and other identities', async (context) => {
    harness().skipUnderGvisor(context, 'the number of files in a folder has no limit.');
    const { stdout } = await harness().run(folders);
    expect(stdout.trim().split('\n')).toEqual(
      scratchFolders(limits).map(({ path, bytes, inodes, isExecutable }) =>
        [path, bytes, inodes, 'NOSUID', 'NODEV', ...(isExecutable ? [] : ['NOEXEC'])].join(' '),
      ),
    );
  });

  it('can write to these folders only, and to no setting of the kernel', async () => {
    const { stdout } = await harness().run(writable);
    const [places, settings, devices] = stdout.trim().split('\n');
    const paths = scratchFolders(limits).map(({ path }) => path);
    expect(places?.split(' ')).toEqual(paths.toSorted());
    expect(settings).toBe('[]');
    if (harness().expectations.isolation === 'gvisor') return;
    expect(devices).toBe(
      "['fd', 'full', 'null', 'ptmx', 'pts', 'random', 'shm', 'stderr', 'stdin', 'stdout', 'tty', 'urandom', 'zero']",
    );
  });

  it('hides the machine', async (context) => {
    harness().skipUnderGvisor(context, '/proc and /sys show its own kernel and no machine.');
    // The init runs as the same user: /proc/1 is the sandbox's own.
    expect((await harness().run(hidden)).stdout).toMatch(
      /^\[('\/proc\/1\/(root|environ)'(, )?)*\]\n$/,
    );
  });

  it('bounds descriptors and files, and writes no core', async () => {
    const { stdout } = await harness().run(rlimits);
    expect(stdout).toBe('(256, 256) (0, 0) (1073741824, 1073741824)\n');
  });
}
