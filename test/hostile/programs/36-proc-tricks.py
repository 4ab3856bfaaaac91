"""The kernel's own doors: sysrq, memory, other processes, paths through /proc; and the system's files."""
import os


def opens(path, flags):
    try:
        os.close(os.open(path, flags))
        return True
    except OSError:
        return False


write = """/proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/vm/drop_caches /proc/kmsg /dev/mem
/dev/kmsg /dev/port /proc/self/exe /proc/1/exe /sys/kernel/uevent_helper
/bin/sh /usr/bin/sh /etc/passwd /pilotlight/init.sh /pilotlight/python-runner.py""".split()
read = "/proc/kcore /dev/mem /proc/1/root/etc/shadow /proc/self/cwd/../../etc/shadow".split()
print([path for path in write if opens(path, os.O_WRONLY)])
print([path for path in read if opens(path, os.O_RDONLY)])
pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
print([pid for pid in pids if pid > 100])
mounts = [line.split() for line in open("/proc/self/mounts")]
own = ("/workspace", "/tmp", "/job", "/dev/shm", "/dev/mqueue")
print([path for _, path, _, flags, *_ in mounts if path not in own and flags.startswith("rw") and os.path.isdir(path) and os.access(path, os.W_OK)])
